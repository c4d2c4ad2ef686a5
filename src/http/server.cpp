#include "http/server.h"

#include <sys/resource.h>

#include <boost/asio/ip/address.hpp>
#include <thread>

#include "base/log.h"
#include "http/listener.h"

namespace holdfast::http {
namespace {

using asio::ip::tcp;

constexpr std::size_t kFilesOfProcess = 64;  // the writer, lanes, standard streams, logs
constexpr std::size_t kFilesOfLoop = 8;      // a reader, the poll, the acceptor
constexpr int kBacklog = 4096;               // the kernel caps it at net.core.somaxconn
using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

class MonotonicClock final : public Clock {
 public:
  Milliseconds now() const override {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
  }
};

// shutdown() destroys what is suspended on the loop while the loop's services still work, so that handlers may be destroyed after
// the coroutines that use them and before the loop that they use.
class LoopContext : public asio::io_context {
 public:
  LoopContext() : asio::io_context(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO) {}
  using asio::io_context::shutdown;
};

asio::ip::address parse_host(const std::string& host) {
  if (host == "localhost") return asio::ip::address_v4::loopback();
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  boost::system::error_code error;
  const auto address = asio::ip::make_address(bracketed ? host.substr(1, host.size() - 2) : host, error);
  if (error)
    throw StartupError(kExitConfiguration, "\"" + host +
                                               "\" is not an IP address. Use localhost, an address of this machine, or 0.0.0.0 for all of "
                                               "them: holdfast serve --host 127.0.0.1");
  return address;
}

[[noreturn]] void throw_bind_error(const tcp::endpoint& endpoint, const boost::system::error_code& error) {
  const std::string port = std::to_string(endpoint.port());
  if (error == boost::system::errc::address_in_use) {
    const std::string other = std::to_string(endpoint.port() < 65535 ? endpoint.port() + 1 : 8080);
    throw StartupError(kExitUnavailable, "port " + port + " is in use on " + endpoint.address().to_string() +
                                             ". Stop that program, or choose another port: holdfast serve --port " + other);
  }
  if (error == boost::system::errc::permission_denied) {
    throw StartupError(kExitConfiguration,
                       "port " + port + " may not be used by this user. Choose one above 1023: holdfast serve --port 8080");
  }
  if (error == boost::system::errc::address_not_available) {
    throw StartupError(kExitConfiguration, endpoint.address().to_string() +
                                               " is not an address of this machine. Choose one that is: holdfast serve --host 127.0.0.1");
  }
  throw StartupError(kExitUnavailable, "cannot listen on " + endpoint.address().to_string() + " port " + port + ": " + error.message());
}

Acceptor bind(asio::io_context& context, const tcp::endpoint& endpoint, bool shared) {
  boost::system::error_code error;
  Acceptor acceptor(context.get_executor());
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error && shared) acceptor.set_option(ReusePort(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error && shared) acceptor.listen(kBacklog, error);
  if (error) throw_bind_error(endpoint, error);
  return acceptor;
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);  // when refused, we go on with what there is
}

// A connection is one open file; so are the database's handles, and the connections that are turned away.
void keep_to_descriptor_limit(ServerOptions& options) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const std::size_t files = static_cast<std::size_t>(limit.rlim_cur);
  const std::size_t others = kFilesOfProcess + options.loops * (kFilesOfLoop + Listener::kTurnedAway);
  const std::size_t connections = files > 2 * others ? files - others : files / 2;
  if (connections >= options.limits.connections) return;
  log(LogLevel::kWarn, "fewer connections than HOLDFAST_CONNECTIONS: the limit of open files (ulimit -n) is too low",
      {{"connections", std::to_string(connections), true}, {"files", std::to_string(files), true}});
  options.limits.connections = connections;
}

}  // namespace

struct Server::Loop {
  LoopContext context;
  std::unique_ptr<Handler> handler;
  std::unique_ptr<Listener> listener;

  ~Loop() {
    context.shutdown();
    listener.reset();
    handler.reset();
  }
};

Server::Server(ServerOptions options, const MakeHandler& make_handler, Observer& observer, const Clock& clock)
    : options_(std::move(options)), own_steady_(std::make_unique<MonotonicClock>()) {
  if (options_.steady == nullptr) options_.steady = own_steady_.get();
  raise_descriptor_limit();
  keep_to_descriptor_limit(options_);
  tcp::endpoint endpoint(parse_host(options_.host), options_.port);
  for (std::size_t i = 0; i < std::max<std::size_t>(options_.loops, 1); ++i) loops_.push_back(std::make_unique<Loop>());
  // SO_REUSEPORT would let us share the port with another process of this user, so look first without it.
  if (endpoint.port() != 0) bind(loops_[0]->context, endpoint, false);
  std::vector<Acceptor> acceptors;
  for (const auto& loop : loops_) {
    acceptors.push_back(bind(loop->context, endpoint, true));
    endpoint = acceptors.front().local_endpoint();
  }
  port_ = endpoint.port();
  for (std::size_t i = 0; i < loops_.size(); ++i) {
    Loop& loop = *loops_[i];
    loop.handler = make_handler(loop.context, i, draining_);
    LoopFacts facts{options_.limits, *loop.handler, observer, clock, draining_, {}, {}, 0, options_.sweep_period};
    loop.listener = std::make_unique<Listener>(loop.context, std::move(acceptors[i]), std::move(facts), *options_.steady, admission_);
  }
}

Server::~Server() = default;

std::string Server::address() const {
  const auto host = parse_host(options_.host);
  const std::string text = host.to_string();
  return (host.is_v6() ? "[" + text + "]" : text) + ":" + std::to_string(port_);
}

void Server::run() {
  for (const auto& loop : loops_) loop->listener->start();
  std::vector<std::jthread> threads;
  for (std::size_t i = 1; i < loops_.size(); ++i) threads.emplace_back([loop = loops_[i].get()] { loop->context.run(); });
  loops_[0]->context.run();
}

void Server::drain() {
  draining_ = true;
  for (const auto& loop : loops_) {
    asio::post(loop->context, [listener = loop->listener.get()] { listener->drain(); });
  }
}

}  // namespace holdfast::http
