#include <catch2/catch.hpp>

#include "http/testing/loopback.h"

namespace holdfast::http::testing {
namespace {

std::string get(const std::string& target, const std::string& fields = "") {
  return "GET " + target + " HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
}

std::string post(const std::string& target, const std::string& body, const std::string& fields = "") {
  return "POST " + target + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + fields + "\r\n" + body;
}

TEST_CASE("session: a refused request is answered with problem+json and the connection closes", "[http]") {
  LoopbackServer server;
  const auto bytes = GENERATE(as<std::string>{}, "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\nHost: a\n\n",
                              "GET / HTTP/3.0\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n",
                              "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                              "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx");
  INFO(bytes);
  Client client(server.port());
  const Answer answer = client.ask(bytes + get("/smuggled"));
  CHECK(answer.status == 400);
  CHECK(answer.has_code("bad_request"));
  CHECK(answer.header("Content-Type") == "application/problem+json");
  CHECK(answer.header("Connection") == "close");
  CHECK(answer.header("X-Request-Id").size() == 26);
  client.finish_sending();
  CHECK(client.ends_silently());
}

TEST_CASE("session: pipelined requests are answered in order", "[http]") {
  LoopbackServer server;
  Client client(server.port());
  client.send(get("/1") + post("/2", "two") + "POST /3 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n" +
              get("/large?100000") + get("/5"));
  CHECK(client.receive().body == "GET /1 ");
  CHECK(client.receive().body == "POST /2 two");
  CHECK(client.receive().body == "POST /3 abc");
  CHECK(client.receive().body == std::string(100'000, 'x'));
  CHECK(client.receive().body == "GET /5 ");
}

TEST_CASE("session: a thousand pipelined requests of a client that reads late are all answered", "[http]") {
  LoopbackServer server;
  Client client(server.port());
  std::string requests;
  for (int i = 0; i < 1000; ++i) requests += get("/large?2000");
  client.send(requests);
  for (int i = 0; i < 1000; ++i) REQUIRE(client.receive().body.size() == 2000);
}

TEST_CASE("session: an answer does not wait for a slow request behind it", "[http]") {
  LoopbackServer server;
  Client client(server.port());
  client.send(get("/first") + get("/gate") + get("/last"));
  CHECK(client.receive().body == "GET /first ");  // the gate is closed
  server.wait_for_waiting(1);
  CHECK_FALSE(client.readable(0));
  server.open_gates();
  CHECK(client.receive().body == "GET /gate ");
  CHECK(client.receive().body == "GET /last ");
}

TEST_CASE("session: 100 Continue is sent when the body is wanted and has not come yet", "[http]") {
  LoopbackServer server;
  Client client(server.port());
  client.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  CHECK(client.receive().status == 100);
  CHECK(client.ask("abc").body == "POST /x abc");
  CHECK(client.ask(post("/y", "now", "Expect: 100-continue\r\n")).status == 200);  // the body was there: no 100
}

TEST_CASE("session: a body that is not wanted gets its answer instead of 100 Continue, and the connection closes", "[http]") {
  LoopbackServer server;
  Client client(server.port());
  const Answer answer = client.ask("POST /refused HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  CHECK(answer.status == 401);
  CHECK(answer.header("Connection") == "close");
  client.finish_sending();
  CHECK(client.ends_silently());
}

TEST_CASE("session: a refused body is read away and the connection goes on", "[http]") {
  LoopbackServer server;
  Client client(server.port());
  CHECK(client.ask(post("/refused", std::string(200'000, 'x'))).status == 401);
  CHECK(client.ask(get("/next")).body == "GET /next ");
  CHECK(client.ask("POST /refused HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n" + get("/after")).status ==
        401);
  CHECK(client.receive().body == "GET /after ");
}

TEST_CASE("session: a Content-Length over the limit is refused at once, before any body", "[http]") {
  ServerOptions options;
  options.limits.body_bytes = 1000;
  LoopbackServer server(options);
  Client client(server.port());
  const Answer answer = client.ask("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n");
  CHECK(answer.status == 413);
  CHECK(answer.has_code("body_too_large"));
  CHECK(answer.header("Connection") == "close");
  Client exact(server.port());
  CHECK(exact.ask(post("/x", std::string(1000, 'y'))).status == 200);
}

TEST_CASE("session: the answer to a too large body reaches a client that goes on sending", "[http]") {
  LoopbackServer server;
  Client client(server.port());
  const Answer answer = client.ask(post("/x", std::string(3 << 20, 'y')));
  CHECK(answer.status == 413);
}

TEST_CASE("session: chunks over the limit are refused when they pass it", "[http]") {
  ServerOptions options;
  options.limits.body_bytes = 10;
  LoopbackServer server(options);
  Client client(server.port());
  const Answer answer = client.ask("POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n12345678\r\n8\r\n");
  CHECK(answer.status == 413);
  CHECK(answer.header("Connection") == "close");
}

TEST_CASE("session: URL and header limits have their codes", "[http]") {
  LoopbackServer server;
  Client url(server.port());
  CHECK(url.ask(get("/" + std::string(9000, 'u'))).status == 414);
  Client fields(server.port());
  CHECK(fields.ask(get("/", "X: " + std::string(17'000, 'h') + "\r\n")).status == 431);
  Client large(server.port());
  CHECK(large.ask(get("/" + std::string(8000, 'u'), "X: " + std::string(16'000, 'h') + "\r\n")).status == 200);
  CHECK(large.ask(get("/again")).status == 200);
}

TEST_CASE("session: a head that does not arrive in time is answered 408", "[http]") {
  LoopbackServer server;
  Client client(server.port());
  client.send("GET /slow HT");
  const auto passed = server.time_until_readable(client);
  CHECK(passed >= 10'000);
  const Answer answer = client.receive();
  CHECK(answer.status == 408);
  CHECK(answer.has_code("request_timeout"));
  CHECK(answer.header("Connection") == "close");
}

TEST_CASE("session: bytes that trickle in buy no time", "[http]") {
  LoopbackServer server;
  Client client(server.port());
  client.send("GET /slow HTTP/1.1\r\n");
  int sent = 0;
  while (!client.readable(2) && sent < 10'000) {
    client.send("X");
    ++sent;
    server.steady.advance(500);
  }
  CHECK(client.receive().status == 408);
}

TEST_CASE("session: a body that does not arrive in time is answered 408", "[http]") {
  LoopbackServer server;
  Client client(server.port());
  client.send("POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345");
  CHECK(server.time_until_readable(client) >= 30'000);
  CHECK(client.receive().status == 408);
}

TEST_CASE("session: an idle connection is closed without a word, and later than a head's time", "[http]") {
  LoopbackServer server;
  Client client(server.port());
  CHECK(client.ask(get("/")).status == 200);
  CHECK(server.time_until_readable(client) >= 75'000);
  CHECK(client.ends_silently());
}

TEST_CASE("session: a connection that never asks is closed without a word", "[http]") {
  LoopbackServer server;
  Client client(server.port());
  CHECK(server.time_until_readable(client) >= 10'000);
  CHECK(client.ends_silently());
}

TEST_CASE("session: a client that takes nothing of a large answer is cut off", "[http]") {
  LoopbackServer server;
  Client client(server.port(), 4096);
  constexpr std::size_t kBytes = 64 << 20;
  client.send(get("/large?" + std::to_string(kBytes)));
  REQUIRE(client.readable(10'000));
  for (int i = 0; i < 100; ++i) server.pass_time(1000);
  while (client.read_some()) {
  }
  CHECK(client.received().size() < kBytes);
}

TEST_CASE("session: a client that goes away while an answer is written ends its connection", "[http]") {
  LoopbackServer server;
  {
    Client client(server.port(), 4096);
    client.send(get("/large?" + std::to_string(64 << 20)));
    REQUIRE(client.readable(10'000));
  }
  server.server->drain();  // waits for what runs; the unread bytes made the kernel send a reset
  CHECK(server.ends_soon());
}

TEST_CASE("session: a handler may take longer than any timeout of the connection", "[http]") {
  LoopbackServer server;
  Client client(server.port());
  client.send(get("/gate"));
  server.wait_for_waiting(1);
  for (int i = 0; i < 20; ++i) server.pass_time(10'000);
  server.open_gates();
  CHECK(client.receive().status == 200);
}

TEST_CASE("session: HEAD is answered as GET is, without the body", "[http]") {
  LoopbackServer server;
  Client client(server.port());
  client.send("HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n");
  const Answer answer = client.receive(false);
  CHECK(answer.header("Content-Length") == "8");
  CHECK(client.ask(get("/y")).body == "GET /y ");
  CHECK(client.ask(get("/empty")).status == 204);
  CHECK(client.ask(get("/z")).body == "GET /z ");
}

TEST_CASE("session: a broken request behind a HEAD is answered with a body", "[http]") {
  LoopbackServer server;
  Client client(server.port());
  client.send("HEAD /x HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\nHost: a\n\n");
  CHECK(client.receive(false).status == 200);
  CHECK(client.receive().has_code("bad_request"));
}

TEST_CASE("session: Connection: close and HTTP/1.0 close after the answer, keep-alive in HTTP/1.0 is told", "[http]") {
  LoopbackServer server;
  Client closing(server.port());
  CHECK(closing.ask(get("/x", "Connection: close\r\n")).header("Connection") == "close");
  CHECK(closing.ends_silently());
  Client old(server.port());
  CHECK(old.ask("GET /x HTTP/1.0\r\n\r\n").header("Connection") == "close");
  CHECK(old.ends_silently());
  Client kept(server.port());
  CHECK(kept.ask("GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").header("Connection") == "keep-alive");
  CHECK(kept.ask("GET /y HTTP/1.0\r\n\r\n").body == "GET /y ");
  Client modern(server.port());
  CHECK(modern.ask(get("/x")).header("Connection") == "(none)");
}

TEST_CASE("session: a client's well formed request id comes back, any other is replaced", "[http]") {
  LoopbackServer server;
  Client client(server.port());
  CHECK(client.ask(get("/", "X-Request-Id: my.id_1-2\r\n")).header("X-Request-Id") == "my.id_1-2");
  CHECK(client.ask(get("/", "x-request-id: a b\r\n")).header("X-Request-Id").size() == 26);
  CHECK(client.ask(get("/", "X-Request-Id: " + std::string(65, 'a') + "\r\n")).header("X-Request-Id").size() == 26);
  const std::string first = client.ask(get("/")).header("X-Request-Id");
  CHECK(first != client.ask(get("/")).header("X-Request-Id"));
  CHECK(client.ask(post("/refused", "x", "X-Request-Id: mine\r\n")).header("X-Request-Id") == "mine");
}

// provokes: internal
TEST_CASE("session: an exception of the handler is a 500 with the request id, told once, and the connection goes on", "[http]") {
  LoopbackServer server;
  Client client(server.port());
  const std::string request = GENERATE(as<std::string>{}, get("/throw", "X-Request-Id: r1\r\n"), get("/split", "X-Request-Id: r1\r\n"),
                                       post("/refuse-throws", "abc", "X-Request-Id: r1\r\n"));
  const Answer answer = client.ask(request);
  CHECK(answer.status == 500);
  CHECK(answer.has_code("internal"));
  CHECK(answer.body.find("\"requestId\":\"r1\"") != std::string::npos);
  CHECK(answer.body.find("invariant") == std::string::npos);
  CHECK(answer.header("Set-Cookie") == "(none)");
  CHECK(client.ask(get("/next")).body == "GET /next ");
  REQUIRE(server.observer.failed.size() == 1);
  CHECK(server.observer.failed[0].starts_with("r1 "));
}

TEST_CASE("session: finished requests are told only when someone wants to know", "[http]") {
  LoopbackServer server;
  Client client(server.port());
  client.ask(get("/quiet"));
  CHECK(server.observer.finished.empty());
  server.observer.wanted = true;
  client.ask(get("/told"));
  client.ask("BAD\r\n\r\n");
  std::lock_guard lock(server.observer.mutex);
  REQUIRE(server.observer.finished.size() == 2);
  CHECK(server.observer.finished[0] == "GET /told 200 10 127.0.0.1");
  CHECK(server.observer.finished[1].find(" 400 ") != std::string::npos);
}

}  // namespace
}  // namespace holdfast::http::testing
