#pragma once
// The HTTP server: one loop per thread, each with its own SO_REUSEPORT acceptor, its own handler and its own sessions.
//
// Threads: run() blocks its caller, which becomes the first loop; drain() and is_draining() from any thread.
// Order: the loops exist before the handlers are made; when a loop has stopped, first its suspended coroutines are destroyed, then its
// handler (with the store inside), then the loop. Handlers are made, and destroyed, on the thread that owns the Server.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/observe.h"
#include "http/admission.h"
#include "http/limits.h"
#include "http/message.h"

namespace holdfast::http {

struct ServerOptions {
  std::string host = "127.0.0.1";  // an IPv4 or IPv6 address, or localhost
  std::uint16_t port = 8080;       // 0: one that is free
  std::size_t loops = 1;
  Limits limits;
  Milliseconds sweep_period = 250;  // real time between looks at the deadlines; none comes early, all come this much late
  const Clock* steady = nullptr;    // what deadlines are measured by; null: the machine's monotonic clock
};

class Server {
 public:
  // Called once for each loop. `draining` lives as long as the server: while it is true /health/ready says 503.
  using MakeHandler = std::function<std::unique_ptr<Handler>(asio::io_context& loop, std::size_t index, const std::atomic<bool>& draining)>;

  // Listens when it returns: connections wait until run(). Raises the limit of open files to what is allowed.
  // Fewer connections than the limits say are served when the open files would not suffice; the log tells.
  // Throws StartupError: 69 the port is in use, 78 the host or the port cannot be had.
  Server(ServerOptions options, const MakeHandler& make_handler, Observer& observer, const Clock& clock);
  ~Server();

  std::uint16_t port() const noexcept { return port_; }
  // "127.0.0.1:8080", "[::1]:8080"
  std::string address() const;

  // Serves until drained.
  void run();

  // No new connections; idle ones are closed; running requests are answered with `Connection: close`; after the drain timeout the rest is
  // cut off. Then run() returns. Safe to call twice.
  void drain();
  bool is_draining() const noexcept { return draining_.load(std::memory_order_relaxed); }

 private:
  struct Loop;

  ServerOptions options_;
  std::unique_ptr<Clock> own_steady_;
  Admission admission_{options_.limits};
  std::atomic<bool> draining_{false};
  std::uint16_t port_ = 0;
  std::vector<std::unique_ptr<Loop>> loops_;
};

}  // namespace holdfast::http
