#include "engine/mongo/testing/staged_server.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>

#include "engine/mongo/document.h"

namespace holdfast::testing {
namespace {

constexpr std::int32_t kQuery = 2004, kReply = 1, kMessage = 2013;

bool receive(int connection, char* into, std::size_t length) {
  return ::recv(connection, into, length, MSG_WAITALL) == static_cast<ssize_t>(length);
}

std::int32_t number(const char* bytes) {
  std::int32_t value = 0;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

void append(std::string& out, std::int32_t value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

bool hangs_up(int connection, int milliseconds) {
  pollfd watched{connection, POLLIN | POLLRDHUP, 0};
  return ::poll(&watched, 1, milliseconds) > 0;
}

}  // namespace

StagedServer::StagedServer(Script script, std::string late)
    : script_(std::move(script)), late_(std::move(late)), listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(::listen(listener_, 8) == 0);
  REQUIRE(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  REQUIRE(::pipe(ending_) == 0);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

StagedServer::~StagedServer() {
  ::close(ending_[1]);
  thread_.join();
  ::close(ending_[0]);
  ::close(listener_);
}

std::string StagedServer::uri(const std::string& credentials, const std::string& options) const {
  return fmt::format("mongodb://{}127.0.0.1:{}/shop{}", credentials, port_, options);
}

std::vector<std::string> StagedServer::received(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> found;
  for (const auto& [of, json] : received_) {
    if (of == name) found.push_back(json);
  }
  return found;
}

void StagedServer::serve() {
  std::vector<pollfd> watched{{ending_[0], POLLIN, 0}, {listener_, POLLIN, 0}};
  while (::poll(watched.data(), watched.size(), -1) > 0 && watched[0].revents == 0) {
    for (std::size_t i = 2; i < watched.size(); ++i) {
      if (watched[i].revents == 0 || answer_one(watched[i].fd)) continue;
      ::close(watched[i].fd);
      watched[i].fd = -1;
    }
    std::erase_if(watched, [](const pollfd& one) { return one.fd < 0; });
    if (watched[1].revents != 0) watched.push_back({::accept(listener_, nullptr, nullptr), POLLIN, 0});
  }
  for (std::size_t i = 2; i < watched.size(); ++i) ::close(watched[i].fd);
}

bool StagedServer::answer_one(int connection) {
  char head[16];
  if (!receive(connection, head, sizeof head)) return false;
  std::string body(static_cast<std::size_t>(number(head)) - sizeof head, '\0');
  if (!receive(connection, body.data(), body.size())) return false;
  const auto operation = number(head + 12);
  const std::size_t document = operation == kQuery ? 4 + std::strlen(body.data() + 4) + 1 + 8 : 5;
  const std::string answer = answer_to(connection, body.data() + document, body.size() - document);
  if (answer.empty()) return false;
  std::string out;
  append(out, 0);
  append(out, 1);
  append(out, number(head + 4));
  append(out, operation == kQuery ? kReply : kMessage);
  append(out, 0);
  if (operation == kQuery) {
    for (const int field : {0, 0, 0, 1}) append(out, field);  // cursor (two), from, number of documents
  } else {
    out += '\0';
  }
  out += answer;
  const auto length = static_cast<std::int32_t>(out.size());
  std::memcpy(out.data(), &length, sizeof length);
  return ::send(connection, out.data(), out.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(out.size());
}

std::string StagedServer::answer_to(int connection, const char* bytes, std::size_t size) {
  bson_t command;
  bson_iter_t first;
  std::string name = "?";
  if (bson_init_static(&command, reinterpret_cast<const std::uint8_t*>(bytes), std::min(size, static_cast<std::size_t>(number(bytes)))) &&
      bson_iter_init(&first, &command) && bson_iter_next(&first)) {
    name = bson_iter_key(&first);
    if (name == "hello" || name == "ismaster") name = "isMaster";
    const std::lock_guard lock(mutex_);
    received_.emplace_back(name, mongo::relaxed_json(command));
  }
  if (name == late_ && hangs_up(connection, kLate)) return {};
  const auto found = script_.find(name);
  if (found != script_.end() && found->second.empty()) return {};
  std::string json = found == script_.end() ? R"({"ok":0,"code":59,"errmsg":"no such command"})" : found->second;
  if (const std::size_t port = json.find("PORT"); port != std::string::npos) json.replace(port, 4, std::to_string(port_));
  const mongo::Document document(
      bson_new_from_json(reinterpret_cast<const std::uint8_t*>(json.data()), static_cast<ssize_t>(json.size()), nullptr));
  return {reinterpret_cast<const char*>(bson_get_data(document.get())), document.get()->len};
}

StagedServer::Script sound_script() {
  return {{"isMaster", greeting()},
          {"buildInfo", R"({"ok":1,"version":"7.0.14","versionArray":[7,0,14,0]})"},
          {"serverStatus", R"({"ok":1,"connections":{"current":3,"available":900}})"},
          {"connectionStatus", R"({"ok":1,"authInfo":{"authenticatedUsers":[],"authenticatedUserPrivileges":[]}})"}};
}

StagedServer::Script served_script() {
  StagedServer::Script script = sound_script();
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
         R"("maxWireVersion":13,"minWireVersion":0,"maxBsonObjectSize":16777216,"maxMessageSizeBytes":48000000,"maxWriteBatchSize":100000})";
}

}  // namespace holdfast::testing
