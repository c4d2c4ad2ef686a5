#include "http/server.h"

#include <sys/resource.h>

#include <catch2/catch.hpp>

#include "http/testing/loopback.h"

namespace holdfast::http::testing {
namespace {

std::string get(const std::string& target) {
  return "GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n";
}

Server::MakeHandler quiet_handler(std::atomic<int>& waiting) {
  return [&waiting](asio::io_context& loop, std::size_t, const std::atomic<bool>&) {
    return std::make_unique<ScriptedHandler>(loop, waiting);
  };
}

// The message and exit status with which a server that cannot start ends.
std::string startup_error(const std::string& host, std::uint16_t port) {
  RecordingObserver observer;
  ManualClock clock;
  std::atomic<int> waiting{0};
  ServerOptions options;
  options.host = host;
  options.port = port;
  try {
    Server server(options, quiet_handler(waiting), observer, clock);
  } catch (const StartupError& error) {
    return std::to_string(error.exit_status()) + ' ' + error.what();
  }
  return "started";
}

TEST_CASE("server: a port in use is noticed, although loops share theirs", "[http]") {
  LoopbackServer server;
  const std::string port = std::to_string(server.port());
  CHECK(startup_error("127.0.0.1", server.port()) ==
        "69 port " + port + " is in use on 127.0.0.1. Stop that program, or choose another port: holdfast serve --port " +
            std::to_string(server.port() == 65535 ? 8080 : server.port() + 1));
}

TEST_CASE("server: a host that cannot be listened on is a configuration error", "[http]") {
  CHECK(startup_error("example.org", 0).starts_with("78 \"example.org\" is not an IP address."));
  CHECK(startup_error("192.0.2.1", 0).starts_with("78 192.0.2.1 is not an address of this machine."));
}

TEST_CASE("server: localhost, IPv4 and IPv6 addresses are hosts", "[http]") {
  RecordingObserver observer;
  ManualClock clock;
  std::atomic<int> waiting{0};
  ServerOptions options;
  options.port = 0;
  options.host = "localhost";
  CHECK(Server(options, quiet_handler(waiting), observer, clock).address().starts_with("127.0.0.1:"));
  options.host = GENERATE("::1", "[::1]");
  CHECK(Server(options, quiet_handler(waiting), observer, clock).address().starts_with("[::1]:"));
}

TEST_CASE("server: all loops share the port that was chosen, and each has its own handler", "[http]") {
  ServerOptions options;
  options.loops = 3;
  LoopbackServer server(options);
  for (int i = 0; i < 50; ++i) CHECK(Client(server.port()).ask(get("/x")).body == "GET /x ");
}

TEST_CASE("server: draining closes idle connections and answers running requests with Connection: close", "[http]") {
  ServerOptions options;
  options.loops = 2;
  LoopbackServer server(options);
  Client idle(server.port());
  idle.ask(get("/x"));
  Client running(server.port());
  running.send(get("/gate"));
  server.wait_for_waiting(1);
  CHECK_FALSE(server.server->is_draining());
  server.server->drain();
  server.server->drain();
  CHECK(server.server->is_draining());
  CHECK(idle.ends_silently());
  server.open_gates();
  const Answer answer = running.receive();
  CHECK(answer.status == 200);
  CHECK(answer.header("Connection") == "close");
  CHECK(running.ends_silently());
  server.join();
  CHECK_THROWS(Client(server.port()));
}

TEST_CASE("server: a connection that waited to be accepted when draining began is answered", "[http]") {
  RecordingObserver observer;
  ManualClock clock;
  std::atomic<int> waiting{0};
  ServerOptions options;
  options.port = 0;
  Server server(options, quiet_handler(waiting), observer, clock);
  Client early(server.port());
  early.send(get("/early"));
  server.drain();  // before the loop has run at all
  server.run();
  CHECK(early.receive().header("Connection") == "close");
}

TEST_CASE("server: a connection accepted at the drain is answered although the last session ends in the same turn", "[http]") {
  LoopbackServer server;
  Client last(server.port());
  last.send(get("/gate"));
  server.wait_for_waiting(1);
  Client holding(server.port());
  holding.send("GET /hold HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  server.wait_for_waiting(2);
  Client late(server.port());
  late.send(get("/late"));
  server.open_gates();
  server.server->drain();
  server.waiting = 0;
  CHECK(last.receive().status == 200);
  CHECK(late.receive().body == "GET /late ");
  CHECK(server.ends_soon());
}

TEST_CASE("server: a connection that is being accepted when draining begins is answered, whichever comes first", "[http]") {
  for (int i = 0; i < 500; ++i) {
    LoopbackServer server;
    Client late(server.port());
    late.send(get("/late"));
    for (int turn = 0; turn < i % 50; ++turn) std::this_thread::yield();
    server.server->drain();
    REQUIRE(server.ends_soon());
    REQUIRE(late.readable(0));
    REQUIRE(late.receive().status == 200);
  }
}

TEST_CASE("server: a connection that draining finds before its first request has a second for it", "[http]") {
  LoopbackServer server;
  Client running(server.port());
  running.send("GET /hold HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  server.wait_for_waiting(1);
  Client silent(server.port());  // accepted by the drain
  server.server->drain();
  server.waiting = 0;
  CHECK(running.receive().status == 200);
  const Milliseconds passed = server.time_until_readable(silent, 300);
  CHECK(passed >= 1000);
  CHECK(passed <= 2000);
  CHECK_FALSE(silent.read_some());
  CHECK(server.ends_soon());
}

TEST_CASE("server: a connection that reads its last answer while the server drains is closed behind it", "[http]") {
  LoopbackServer server;
  Client client(server.port(), 4096);
  const std::size_t bytes = 16 << 20;
  client.send(get("/large?" + std::to_string(bytes)));  // answered before the drain, so nothing in it says that it is the last
  REQUIRE(client.readable(10'000));
  server.server->drain();
  const Answer answer = client.receive();
  CHECK(answer.header("Connection") == "(none)");
  CHECK(answer.body.size() == bytes);
  CHECK(server.ends_soon());
}

TEST_CASE("server: what still runs after the drain timeout is cut off", "[http]") {
  LoopbackServer server;
  Client running(server.port());
  running.send(get("/gate"));
  server.wait_for_waiting(1);
  server.server->drain();
  CHECK(server.time_until_readable(running) >= 10'000);
  CHECK_FALSE(running.read_some());
  server.join();
}

TEST_CASE("server: draining without connections ends at once", "[http]") {
  LoopbackServer server;
  server.server->drain();
  server.join();
}

TEST_CASE("server: a server that never ran can be destroyed with connections waiting", "[http]") {
  RecordingObserver observer;
  ManualClock clock;
  std::atomic<int> waiting{0};
  ServerOptions options;
  options.port = 0;
  auto server = std::make_unique<Server>(options, quiet_handler(waiting), observer, clock);
  Client client(server->port());
  server.reset();
  CHECK_FALSE(client.read_some());
}

TEST_CASE("server: one connection too many is answered 503 and closed, and its place is free when another ends", "[http]") {
  ServerOptions options;
  options.loops = 2;
  options.limits.connections = 2;
  LoopbackServer server(options);
  Client second(server.port());
  CHECK(second.ask(get("/x")).status == 200);
  {
    Client first(server.port());
    CHECK(first.ask(get("/x")).status == 200);
    Client third(server.port());
    const Answer refused = third.ask("GET /x HTTP/1.1\r\nHost: a\r\nX-Request-Id: mine\r\n\r\n");
    CHECK(refused.status == 503);
    CHECK(refused.has_code("overloaded"));
    CHECK(refused.header("Retry-After") == "1");
    CHECK(refused.header("Connection") == "close");
    CHECK(refused.header("X-Request-Id") == "mine");
    third.finish_sending();
    CHECK(third.ends_silently());
    CHECK(second.ask(get("/x")).status == 200);  // who was there before is not harmed
  }
  int status = 503;
  for (int tries = 0; status == 503 && tries < 1000; ++tries) status = Client(server.port()).ask(get("/x")).status;
  CHECK(status == 200);
}

TEST_CASE("server: large bodies that arrive together are refused when they are too much together", "[http]") {
  ServerOptions options;
  options.limits.bodies_bytes = 100'000;
  LoopbackServer server(options);
  const std::string head = "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 80000\r\n\r\n", body(80'000, 'b');
  Client slow(server.port());
  slow.send(head + body.substr(1));
  Client other(server.port());
  for (int i = 0; i < 50; ++i) other.ask(get("/turn"));  // of the loop, in each of which it reads what has come
  const Answer refused = other.ask(head + body);
  CHECK(refused.status == 503);
  CHECK(refused.has_code("overloaded"));
  CHECK(Client(server.port()).ask(get("/small")).status == 200);
  slow.send("b");
  CHECK(slow.receive().status == 200);
  Client last(server.port());
  CHECK(last.ask(head + body).status == 200);
}

TEST_CASE("server: one address may not hold more than its share", "[http]") {
  ServerOptions options;
  options.limits.connections_per_address = 1;
  LoopbackServer server(options);
  Client first(server.port());
  CHECK(first.ask(get("/x")).status == 200);
  Client second(server.port());
  const Answer refused = second.ask(get("/x"));
  CHECK(refused.status == 503);
  CHECK(refused.body.find("Your address") != std::string::npos);
}

TEST_CASE("server: a connection too many that does not ask is told after a second, and more of them than a few are closed", "[http]") {
  ServerOptions options;
  options.limits.connections = 1;
  LoopbackServer server(options);
  Client first(server.port());
  CHECK(first.ask(get("/x")).status == 200);
  std::vector<std::unique_ptr<Client>> silent;
  for (std::size_t i = 0; i < Listener::kTurnedAway; ++i) silent.push_back(std::make_unique<Client>(server.port()));
  Client more(server.port());
  CHECK_FALSE(more.read_some());
  CHECK(server.time_until_readable(*silent.front()) >= 1000);
  CHECK(silent.front()->receive().status == 503);
  CHECK(first.ask(get("/x")).status == 200);
}

TEST_CASE("server: without file descriptors it waits, and serves when there are some again", "[http]") {
  LoopbackServer server;
  Client client(0);  // a socket, not connected yet
  CHECK(Client(server.port()).ask(get("/x")).status == 200);
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
  rlimit none = before;
  none.rlim_cur = 3;  // fewer than are open
  REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);
  client.connect(server.port());
  client.send(get("/late"));
  const bool answered = client.readable(50);
  REQUIRE(setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK_FALSE(answered);
  CHECK(client.receive().body == "GET /late ");
}

}  // namespace
}  // namespace holdfast::http::testing
