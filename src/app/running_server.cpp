#include "app/running_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <charconv>
#include <chrono>

#include "model/json.h"

namespace holdfast {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::milliseconds kPatience{1000};
constexpr std::size_t kLongestAnswer = 64 << 10;
constexpr int kDepth = 8;

const Json* member(const Json& json, std::string_view name) {
  const auto found = std::find_if(json.members.begin(), json.members.end(), [name](const auto& one) { return one.name == name; });
  return found == json.members.end() ? nullptr : &found->value;
}

std::string text_of(const Json& json, std::string_view name) {
  const Json* found = member(json, name);
  return found == nullptr ? std::string() : found->text;
}

PoolStatistics pool_of(const Json& json) {
  const auto number = [&json](std::string_view name) {
    std::int64_t value = 0;
    const auto text = text_of(json, name);
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
  };
  return {number("size"), number("inUse"), number("idle"), number("waiting"), number("created"), number("failed")};
}

// 0.0.0.0 and :: are no addresses to call.
std::string callable(const std::string& host) {
  if (host == "0.0.0.0") return "127.0.0.1";
  return host == "::" ? "::1" : host;
}

std::string request_of(const Config& config) {
  const auto& key = config.api_key.value;
  return fmt::format("GET /health/ready HTTP/1.1\r\nHost: holdfast\r\nConnection: close\r\n{}\r\n",
                     key.empty() ? std::string() : fmt::format("Authorization: Bearer {}\r\n", key));
}

// Runs what was begun until it is done or patience ends.
void run(asio::io_context& loop, asio::ip::tcp::socket& socket, std::chrono::steady_clock::time_point deadline) {
  loop.restart();
  loop.run_until(deadline);
  if (!loop.stopped()) socket.close();
  loop.run();
}

}  // namespace

std::optional<Health> read_readiness(const std::string& answer) {
  const auto body = answer.find("\r\n\r\n");
  if (!answer.starts_with("HTTP/1.1 ") || body == std::string::npos) return std::nullopt;
  const Result<Json> json = parse_json(std::string_view(answer).substr(body + 4), kDepth);
  if (!json) return std::nullopt;
  const auto status = text_of(*json, "status");
  if (status != "ready" && status != "degraded") {
    if (text_of(*json, "code") != "database_unavailable") return std::nullopt;
    return Health{false, text_of(*json, "detail")};
  }
  Health health{true, text_of(*json, "detail")};
  if (const Json* pool = member(*json, "pool")) health.pool = pool_of(*pool);
  return health;
}

std::optional<Health> ask_running_server(const Config& config) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  asio::io_context loop;
  asio::ip::tcp::resolver resolver(loop);
  asio::ip::tcp::socket socket(loop);
  boost::system::error_code failed;
  const auto found = resolver.resolve(callable(config.host.value), std::to_string(config.port.value), failed);
  if (failed) return std::nullopt;
  asio::async_connect(socket, found, [&](const boost::system::error_code& error, const auto&) { failed = error; });
  run(loop, socket, deadline);
  if (failed) return std::nullopt;
  const auto request = request_of(config);
  asio::write(socket, asio::buffer(request), failed);
  if (failed) return std::nullopt;
  std::string answer;
  asio::async_read(socket, asio::dynamic_buffer(answer, kLongestAnswer), [](const boost::system::error_code&, std::size_t) {});
  run(loop, socket, deadline);
  return read_readiness(answer);
}

}  // namespace holdfast
