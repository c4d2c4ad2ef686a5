#pragma once
// For tests: a server on a free port of this machine with a handler that can be told what to do, and a blocking client that fails
// instead of waiting for ever. Time is told by the test.

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "http/listener.h"
#include "http/problem.h"
#include "http/server.h"

namespace holdfast::http::testing {

class ManualClock final : public Clock {
 public:
  Milliseconds now() const override { return now_; }
  void advance(Milliseconds by) { now_ += by; }

 private:
  std::atomic<Milliseconds> now_{1'795'408'200'000};
};

// /gate answers when the gate is opened; /hold stops the whole loop until `waiting` is set to 0; POST /refused is refused before its body;
// /throw throws; /large?N answers N bytes; the rest is echoed.
class ScriptedHandler final : public Handler {
 public:
  ScriptedHandler(asio::io_context& loop, std::atomic<int>& waiting) : gate_(loop.get_executor()), waiting_(waiting) {
    gate_.expires_at(Timer::time_point::max());
  }

  std::optional<Response> refuse(const Request& request) override {
    if (request.path() == "/refuse-throws") throw std::logic_error("broken in refuse");
    if (request.path() != "/refused") return std::nullopt;
    return problem(Error(Code::kUnauthenticated, "Say who you are."), request.id);
  }

  awaitable<Response> handle(const Request& request) override {
    if (request.path() == "/throw") throw std::logic_error("an invariant is broken");
    if (request.path() == "/gate") co_await pass_gate();
    if (request.path() == "/hold") hold_loop();
    Response response;
    response.content_type = "text/plain";
    response.body = request.method_text + ' ' + request.target + ' ' + request.body;
    if (request.path() == "/large") response.body.assign(std::stoul(std::string(request.query())), 'x');
    if (request.path() == "/split") response.headers.push_back({"X-Evil", "a\r\nSet-Cookie: b"});
    if (request.path() == "/empty") {
      response.status = 204;
      response.content_type = {};
      response.body.clear();
    }
    co_return response;
  }

  void open_gate() { gate_.cancel(); }

 private:
  awaitable<void> pass_gate() {
    ++waiting_;
    boost::system::error_code ignored;
    co_await gate_.async_wait(asio::redirect_error(asio::use_awaitable_t<Executor>(), ignored));
  }

  void hold_loop() {
    ++waiting_;
    while (waiting_ != 0) std::this_thread::yield();
  }

  Timer gate_;
  std::atomic<int>& waiting_;
};

struct RecordingObserver final : Observer {
  std::atomic<bool> wanted{false};
  std::mutex mutex;
  std::vector<std::string> finished;  // "GET /x 200 5"
  std::vector<std::string> failed;    // what

  bool wants_requests() const noexcept override { return wanted; }
  void on(const RequestFinished& event) override {
    std::lock_guard lock(mutex);
    finished.push_back(std::string(event.method) + ' ' + std::string(event.target) + ' ' + std::to_string(event.status) + ' ' +
                       std::to_string(event.body_bytes) + ' ' + std::string(event.remote));
  }
  void on(const RequestFailed& event) override {
    std::lock_guard lock(mutex);
    failed.push_back(std::string(event.request_id) + ' ' + std::string(event.what));
  }
};

struct Answer {
  int status = 0;
  std::string head;
  std::string body;

  // Value of a header, or "(none)".
  std::string header(const std::string& name) const {
    const auto at = head.find("\r\n" + name + ": ");
    if (at == std::string::npos) return "(none)";
    const auto from = at + name.size() + 4;
    return head.substr(from, head.find("\r\n", from) - from);
  }
  bool has_code(const std::string& code) const { return body.find("\"code\":\"" + code + "\"") != std::string::npos; }
};

// Every wait ends with an exception after ten seconds of real time: a failed test, not a hanging one.
class Client {
 public:
  explicit Client(std::uint16_t port, int receive_buffer = 0) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    if (receive_buffer > 0) ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    if (port != 0) connect(port);
  }
  ~Client() { ::close(socket_); }
  Client(const Client&) = delete;

  void connect(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) throw std::runtime_error(std::strerror(errno));
  }

  // What the server does not take any more is not an error here: the answer tells.
  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  void finish_sending() { ::shutdown(socket_, SHUT_WR); }

  bool readable(int milliseconds) {
    pollfd wanted{socket_, POLLIN, 0};
    return !buffer_.empty() || ::poll(&wanted, 1, milliseconds) > 0;
  }

  // False: the peer has closed, or reset, the connection.
  bool read_some() {
    if (pollfd wanted{socket_, POLLIN, 0}; ::poll(&wanted, 1, 10'000) <= 0) throw std::runtime_error("nothing came within ten seconds");
    char bytes[65536];
    const auto count = ::recv(socket_, bytes, sizeof bytes, 0);
    reset_ = count < 0;
    if (count > 0) buffer_.append(bytes, static_cast<std::size_t>(count));
    return count > 0;
  }

  // The next answer; `has_body` false for answers to HEAD.
  Answer receive(bool has_body = true) {
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
      if (!read_some()) throw std::runtime_error("closed before an answer: " + buffer_);
    }
    Answer answer;
    answer.head = buffer_.substr(0, end + 2);
    answer.status = std::stoi(answer.head.substr(9, 3));
    const std::string length = answer.header("Content-Length");
    const std::size_t bytes = has_body && length != "(none)" ? std::stoul(length) : 0;
    while (buffer_.size() < end + 4 + bytes) {
      if (!read_some()) throw std::runtime_error("closed inside a body");
    }
    answer.body = buffer_.substr(end + 4, bytes);
    buffer_.erase(0, end + 4 + bytes);
    return answer;
  }

  Answer ask(std::string_view bytes) {
    send(bytes);
    return receive();
  }

  // Reads until the end. True: it was an orderly end, and nothing came before it.
  bool ends_silently() {
    while (read_some()) {
    }
    return buffer_.empty() && !reset_;
  }

  const std::string& received() const { return buffer_; }

 private:
  int socket_;
  std::string buffer_;
  bool reset_ = false;
};

class LoopbackServer {
 public:
  explicit LoopbackServer(ServerOptions options = {}) {
    options.port = 0;
    options.sweep_period = 1;
    options.steady = &steady;
    const Server::MakeHandler make = [this](asio::io_context& loop, std::size_t, const std::atomic<bool>&) {
      auto handler = std::make_unique<ScriptedHandler>(loop, waiting);
      gates_.push_back([&loop, raw = handler.get()] { asio::post(loop, [raw] { raw->open_gate(); }); });
      return std::unique_ptr<Handler>(std::move(handler));
    };
    server = std::make_unique<Server>(std::move(options), make, observer, wall);
    thread_ = std::thread([this] {
      server->run();
      ended = true;
    });
  }
  ~LoopbackServer() {
    server->drain();
    open_gates();
    while (!ended) pass_time(1000);
    thread_.join();
  }

  std::uint16_t port() const { return server->port(); }
  void open_gates() {
    for (const auto& open : gates_) open();
  }
  void wait_for_waiting(int count) {
    while (waiting < count) std::this_thread::yield();
  }
  // Lets the server's clock run, and the sweep see it.
  void pass_time(Milliseconds by) {
    steady.advance(by);
    ::poll(nullptr, 0, 1);
  }
  // Lets time run until something comes to the client; returns how much, which is never too little. A longer `pause`, in which the server
  // sees what time it is, makes it less often too much.
  Milliseconds time_until_readable(Client& client, int pause = 2) {
    Milliseconds passed = 0;
    while (!client.readable(pause)) {
      steady.advance(500);
      passed += 500;
      if (passed > 3'600'000) throw std::runtime_error("nothing came within an hour of the server's time");
    }
    return passed;
  }
  // The server ends by itself within ten seconds of real time; none passes for the server.
  bool ends_soon() {
    for (int i = 0; i < 10'000 && !ended; ++i) ::poll(nullptr, 0, 1);
    return ended;
  }
  // The server has ended by itself.
  void join() {
    while (!ended) std::this_thread::yield();
  }

  ManualClock steady;
  ManualClock wall;
  RecordingObserver observer;
  std::atomic<int> waiting{0};
  std::atomic<bool> ended{false};
  std::unique_ptr<Server> server;

 private:
  std::vector<std::function<void()>> gates_;
  std::thread thread_;
};

}  // namespace holdfast::http::testing
