#include "app/running_server.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <thread>

#include "app/settings.h"

using namespace holdfast;

namespace {

// Takes one connection, keeps what it is asked and answers `answer`.
class OneAnswer {
 public:
  explicit OneAnswer(std::string answer) : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(listener_, 1) == 0);
    REQUIRE(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port = std::to_string(ntohs(address.sin_port));
    thread_ = std::thread([this, answer = std::move(answer)] {
      const int connection = ::accept(listener_, nullptr, nullptr);
      char bytes[1024];
      while (asked.find("\r\n\r\n") == std::string::npos) {
        const auto length = ::recv(connection, bytes, sizeof bytes, 0);
        if (length <= 0) break;
        asked.append(bytes, static_cast<std::size_t>(length));
      }
      ::send(connection, answer.data(), answer.size(), MSG_NOSIGNAL);
      ::close(connection);
    });
  }
  ~OneAnswer() { wait(); }

  void wait() {
    if (thread_.joinable()) thread_.join();
    if (listener_ >= 0) ::close(std::exchange(listener_, -1));
  }

  std::string port, asked;

 private:
  int listener_;
  std::thread thread_;
};

Config config_of(const std::string& port) {
  auto config = default_config(".");
  REQUIRE_FALSE(set(config, *find_setting("PORT"), port, {}));
  return config;
}

std::string answer_of(const char* status, const char* body) {
  return std::string("HTTP/1.1 ") + status + "\r\nContent-Type: application/json\r\n\r\n" + body;
}

}  // namespace

TEST_CASE("running server: tells its state and its pool", "[app]") {
  OneAnswer server(answer_of("200 OK", R"({"status":"ready","pool":{"size":16,"inUse":3,"idle":5,"waiting":1,"created":12,"failed":2}})"));
  auto config = config_of(server.port);
  REQUIRE_FALSE(set(config, *find_setting("HOLDFAST_API_KEY"), "open-sesame", {}));
  const auto health = ask_running_server(config);
  server.wait();
  REQUIRE(health);
  CHECK(health->ready);
  REQUIRE(health->pool);
  CHECK(health->pool->size == 16);
  CHECK(health->pool->in_use == 3);
  CHECK(health->pool->idle == 5);
  CHECK(health->pool->waiting == 1);
  CHECK(health->pool->created == 12);
  CHECK(health->pool->failed == 2);
  CHECK(server.asked.starts_with("GET /health/ready HTTP/1.1\r\n"));
  CHECK(server.asked.find("Authorization: Bearer open-sesame\r\n") != std::string::npos);
}

TEST_CASE("running server: where nothing listens nobody answers", "[app]") {
  OneAnswer server(answer_of("200 OK", "{}"));
  CHECK_FALSE(ask_running_server(config_of(server.port)));
  server.wait();
  CHECK_FALSE(ask_running_server(config_of(server.port)));
}

TEST_CASE("running server: only holdfast's own answers are believed", "[app]") {
  const auto down = read_readiness(answer_of("503 Service Unavailable", R"({"code":"database_unavailable","detail":"Down."})"));
  REQUIRE(down);
  CHECK_FALSE(down->ready);
  CHECK(down->detail == "Down.");
  const auto degraded = read_readiness(answer_of("200 OK", R"({"status":"degraded","detail":"Slow."})"));
  REQUIRE(degraded);
  CHECK(degraded->ready);
  CHECK(degraded->detail == "Slow.");
  CHECK_FALSE(degraded->pool);
  CHECK_FALSE(read_readiness(answer_of("200 OK", "<html></html>")));
  CHECK_FALSE(read_readiness(answer_of("200 OK", R"({"status":"UP"})")));
  CHECK_FALSE(read_readiness(answer_of("401 Unauthorized", R"({"code":"unauthenticated"})")));
  CHECK_FALSE(read_readiness("SSH-2.0-OpenSSH\r\n\r\n{}"));
  CHECK_FALSE(read_readiness(""));
}
