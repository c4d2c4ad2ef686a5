#include "engine/mongo/testing/scripted_server.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cstring>

namespace holdfast::testing {
namespace {

constexpr asio::use_awaitable_t<Executor> kAwait{};
constexpr std::int32_t kReply = 1, kMessage = 2013;  // of the protocol; only the first greeting is another, and answered by kReply
constexpr const char* kGreeting =
    "{'ok': 1, 'ismaster': true, 'isWritablePrimary': true, 'minWireVersion': 0, 'maxWireVersion': 13, 'maxBsonObjectSize': 16777216, "
    "'maxMessageSizeBytes': 48000000, 'maxWriteBatchSize': 100000, 'logicalSessionTimeoutMinutes': 30}";

std::int32_t number_in(const std::string& bytes, std::size_t at) {
  std::int32_t number = 0;
  std::memcpy(&number, bytes.data() + at, sizeof(number));
  return number;
}

void append_number(std::string& bytes, std::int32_t number) {
  bytes.append(reinterpret_cast<const char*>(&number), sizeof(number));
}

mongo::Document parsed(std::string json) {
  std::replace(json.begin(), json.end(), '\'', '"');
  return mongo::Document(
      bson_new_from_json(reinterpret_cast<const std::uint8_t*>(json.data()), static_cast<ssize_t>(json.size()), nullptr));
}

// Where its document begins, behind flags, and what comes before it in each kind of message.
std::size_t start_of_document(const std::string& body, std::int32_t kind) {
  constexpr std::size_t kFlags = 4, kSection = 1, kSkipAndLimit = 8;
  return kind == kMessage ? kFlags + kSection : body.find('\0', kFlags) + 1 + kSkipAndLimit;
}

std::string framed(std::int32_t kind, std::int32_t request, const std::string& json) {
  std::string body;
  if (kind == kMessage) {
    body.append(5, '\0');
  } else {
    body.append(16, '\0');
    append_number(body, 1);
  }
  const mongo::Document document = parsed(json);
  body.append(reinterpret_cast<const char*>(bson_get_data(document.get())), document.get()->len);
  std::string whole;
  append_number(whole, static_cast<std::int32_t>(16 + body.size()));
  append_number(whole, 0);
  append_number(whole, request);
  append_number(whole, kind == kMessage ? kMessage : kReply);
  return whole + body;
}

// "insert items"
std::string name_of(const bson_t& command) {
  bson_iter_t first;
  if (!bson_iter_init(&first, &command) || !bson_iter_next(&first)) return {};
  std::string name = bson_iter_key(&first);
  if (BSON_ITER_HOLDS_UTF8(&first)) name += std::string(" ") + bson_iter_utf8(&first, nullptr);
  return name;
}

}  // namespace

ScriptedServer::ScriptedServer(Script script)
    : script_(std::move(script)), acceptor_(loop_, asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
  asio::co_spawn(loop_, listen(), asio::detached);
  thread_ = std::thread([this] { loop_.run(); });
}

ScriptedServer::~ScriptedServer() {
  loop_.stop();
  thread_.join();
}

std::string ScriptedServer::uri() const {
  return "mongodb://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) + "/shop?socketTimeoutMS=8000";
}

std::ptrdiff_t ScriptedServer::count(const std::string& beginning) const {
  const std::lock_guard lock(mutex_);
  return std::count_if(heard_.begin(), heard_.end(), [&](const auto& heard) { return heard.first.starts_with(beginning); });
}

mongo::Document ScriptedServer::last(const std::string& beginning) const {
  const std::lock_guard lock(mutex_);
  const auto place = std::find_if(heard_.rbegin(), heard_.rend(), [&](const auto& heard) { return heard.first.starts_with(beginning); });
  return place == heard_.rend() ? mongo::Document() : mongo::Document(bson_copy(place->second.get()));
}

awaitable<void> ScriptedServer::listen() {
  while (true) {
    Socket socket = co_await acceptor_.async_accept(kAwait);
    asio::co_spawn(loop_, serve(std::move(socket)), asio::detached);
  }
}

// Until the client goes.
awaitable<void> ScriptedServer::serve(Socket socket) {
  try {
    while (true) {
      std::string head(16, '\0');
      co_await asio::async_read(socket, asio::buffer(head), kAwait);
      std::string body(static_cast<std::size_t>(number_in(head, 0)) - head.size(), '\0');
      co_await asio::async_read(socket, asio::buffer(body), kAwait);
      const std::int32_t kind = number_in(head, 12);
      const std::size_t start = start_of_document(body, kind);
      bson_t command;
      if (!bson_init_static(&command, reinterpret_cast<const std::uint8_t*>(body.data()) + start,
                            static_cast<std::size_t>(number_in(body, start)))) {
        co_return;
      }
      const std::string reply = framed(kind, number_in(head, 4), answer(command));
      co_await asio::async_write(socket, asio::buffer(reply), kAwait);
    }
  } catch (const boost::system::system_error&) {
  }
}

std::string ScriptedServer::answer(const bson_t& command) {
  const std::string name = name_of(command);
  if (name == "hello" || name == "isMaster" || name == "ismaster") return kGreeting;
  {
    const std::lock_guard lock(mutex_);
    heard_.emplace_back(name, mongo::Document(bson_copy(&command)));
  }
  return script_(name);
}

}  // namespace holdfast::testing
