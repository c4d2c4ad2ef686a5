#include "engine/mongo/testing/scripted_server.h"

#include <fmt/format.h>
#include <poll.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cstring>

#include "engine/mongo/document.h"

namespace holdfast::testing {
namespace {

constexpr asio::use_awaitable_t<Executor> kAwait{};
constexpr std::int32_t kReply = 1, kMessage = 2013;  // of the protocol; only the first greeting is another, and answered by kReply

std::int32_t number_in(const std::string& bytes, std::size_t at) {
  std::int32_t number = 0;
  std::memcpy(&number, bytes.data() + at, sizeof(number));
  return number;
}

void append_number(std::string& bytes, std::int32_t number) {
  bytes.append(reinterpret_cast<const char*>(&number), sizeof(number));
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
  const mongo::Document document(
      bson_new_from_json(reinterpret_cast<const std::uint8_t*>(json.data()), static_cast<ssize_t>(json.size()), nullptr));
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
  if (name == "hello" || name == "ismaster") return "isMaster";
  if (BSON_ITER_HOLDS_UTF8(&first)) name += std::string(" ") + bson_iter_utf8(&first, nullptr);
  return name;
}

std::string verb_of(const std::string& name) {
  return name.substr(0, name.find(' '));
}

bool hangs_up(int connection, int milliseconds) {
  pollfd watched{connection, POLLIN | POLLRDHUP, 0};
  return ::poll(&watched, 1, milliseconds) > 0;
}

}  // namespace

ScriptedServer::ScriptedServer(Script script, std::string late)
    : script_(std::move(script)), late_(std::move(late)), acceptor_(loop_, asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
  asio::co_spawn(loop_, listen(), asio::detached);
  thread_ = std::thread([this] { loop_.run(); });
}

ScriptedServer::~ScriptedServer() {
  loop_.stop();
  thread_.join();
}

std::string ScriptedServer::uri(const std::string& credentials, const std::string& options) const {
  return fmt::format("mongodb://{}127.0.0.1:{}/shop{}", credentials, acceptor_.local_endpoint().port(), options);
}

std::vector<std::string> ScriptedServer::received(std::string_view command) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> found;
  for (const auto& [name, json] : received_) {
    if (name == command || verb_of(name) == command) found.push_back(json);
  }
  return found;
}

awaitable<void> ScriptedServer::listen() {
  while (true) {
    Socket socket = co_await acceptor_.async_accept(kAwait);
    asio::co_spawn(loop_, serve(std::move(socket)), asio::detached);
  }
}

// Until one of both hangs up.
awaitable<void> ScriptedServer::serve(Socket socket) {
  try {
    while (true) {
      std::string head(16, '\0');
      co_await asio::async_read(socket, asio::buffer(head), kAwait);
      std::string body(static_cast<std::size_t>(number_in(head, 0)) - head.size(), '\0');
      co_await asio::async_read(socket, asio::buffer(body), kAwait);
      const std::int32_t kind = number_in(head, 12);
      const std::string json = answer_to(body, start_of_document(body, kind), socket.native_handle());
      if (json.empty()) co_return;
      const std::string reply = framed(kind, number_in(head, 4), json);
      co_await asio::async_write(socket, asio::buffer(reply), kAwait);
    }
  } catch (const boost::system::system_error&) {
  }
}

// Not a part of serve(): a frame of a coroutine is not aligned as a bson_t wants to be.
std::string ScriptedServer::answer_to(const std::string& message, std::size_t start, int connection) {
  bson_t command;
  if (!bson_init_static(&command, reinterpret_cast<const std::uint8_t*>(message.data()) + start,
                        static_cast<std::size_t>(number_in(message, start)))) {
    return {};
  }
  const std::string name = name_of(command);
  const bool is_first = received(name).empty();
  {
    const std::lock_guard lock(mutex_);
    received_.emplace_back(name, mongo::relaxed_json(command));
  }
  if (verb_of(name) == late_ && hangs_up(connection, kLate)) return {};
  for (const std::string& said_of : {is_first ? "first " + name : name, name, verb_of(name), std::string()}) {
    const auto found = script_.find(said_of);
    if (found == script_.end()) continue;
    std::string json = found->second;
    if (const std::size_t port = json.find("PORT"); port != std::string::npos) {
      json.replace(port, 4, std::to_string(acceptor_.local_endpoint().port()));
    }
    return json;
  }
  return R"({"ok":0,"code":59,"errmsg":"no such command"})";
}

ScriptedServer::Script sound_script() {
  return {{"isMaster", greeting()},
          {"buildInfo", R"({"ok":1,"version":"7.0.14","versionArray":[7,0,14,0]})"},
          {"serverStatus", R"({"ok":1,"connections":{"current":3,"available":900}})"},
          {"connectionStatus", R"({"ok":1,"authInfo":{"authenticatedUsers":[],"authenticatedUserPrivileges":[]}})"}};
}

ScriptedServer::Script served_script() {
  ScriptedServer::Script script = sound_script();
  script["listCollections"] = R"({"ok":1,"cursor":{"id":0,"ns":"shop.$cmd","firstBatch":[
    {"name":"users","type":"collection"},{"name":"_hf_idempotency","type":"collection"}]}})";
  script["listIndexes"] = R"({"ok":1,"cursor":{"id":0,"ns":"shop.users","firstBatch":[{"v":2,"key":{"_id":1},"name":"_id_"},
    {"v":2,"key":{"email":1},"name":"email_1","unique":true,"sparse":true}]}})";
  script["find"] = R"({"ok":1,"cursor":{"id":0,"ns":"shop.any","firstBatch":[]}})";
  script["findAndModify"] =
      R"({"ok":1,"value":{"format":1,"cursorKey":{"$binary":{"base64":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","subType":"00"}}}})";
  script["count"] = R"({"ok":1,"n":0})";
  script["ping"] = R"({"ok":1})";
  for (const char* command : {"collMod", "createIndexes", "update"}) script[command] = R"({"ok":1,"n":1})";
  return script;
}

std::string greeting(const std::string& more) {
  return R"({"ok":1,"ismaster":true,)" + more +
         R"("maxWireVersion":13,"minWireVersion":0,"maxBsonObjectSize":16777216,"maxMessageSizeBytes":48000000,"maxWriteBatchSize":100000,)"
         R"("logicalSessionTimeoutMinutes":30})";
}

}  // namespace holdfast::testing
