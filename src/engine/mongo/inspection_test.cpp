#include "engine/mongo/inspection.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <cstring>
#include <map>
#include <set>
#include <thread>

#include "engine/mongo/handles.h"
#include "engine/testing/servers.h"

using namespace holdfast;
using namespace holdfast::mongo;

namespace {

// Speaks the wire protocol and answers each command with the JSON of its script. What a real server answers only to those who have set it
// up so (a secondary, few rights, another version) is said here on order.
class ScriptedServer {
 public:
  using Script = std::map<std::string, std::string>;

  explicit ScriptedServer(Script script) : script_(std::move(script)), listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(listener_, 8) == 0);
    REQUIRE(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port = ntohs(address.sin_port);
    thread_ = std::thread([this] {
      for (int connection; (connection = ::accept(listener_, nullptr, nullptr)) >= 0; ::close(connection)) {
        while (answer_one(connection)) {
        }
      }
    });
  }
  ~ScriptedServer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }

  std::string uri(const std::string& credentials = "", const std::string& options = "") const {
    return fmt::format("mongodb://{}127.0.0.1:{}/shop{}", credentials, port, options);
  }

  int port = 0;

 private:
  static constexpr std::int32_t kQuery = 2004, kReply = 1, kMessage = 2013;

  static bool receive(int connection, char* into, std::size_t length) {
    return ::recv(connection, into, length, MSG_WAITALL) == static_cast<ssize_t>(length);
  }
  static std::int32_t number(const char* bytes) {
    std::int32_t value = 0;
    std::memcpy(&value, bytes, sizeof value);
    return value;
  }
  static void append(std::string& out, std::int32_t value) { out.append(reinterpret_cast<const char*>(&value), sizeof value); }

  bool answer_one(int connection) const {
    char head[16];
    if (!receive(connection, head, sizeof head)) return false;
    std::string body(static_cast<std::size_t>(number(head)) - sizeof head, '\0');
    if (!receive(connection, body.data(), body.size())) return false;
    const auto operation = number(head + 12);
    const std::size_t document = operation == kQuery ? 4 + std::strlen(body.data() + 4) + 1 + 8 : 5;
    const auto answer = answer_to(body.data() + document, body.size() - document);
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

  std::string answer_to(const char* bytes, std::size_t size) const {
    bson_t command;
    bson_iter_t first;
    std::string name = "?";
    if (bson_init_static(&command, reinterpret_cast<const std::uint8_t*>(bytes), std::min(size, static_cast<std::size_t>(number(bytes)))) &&
        bson_iter_init(&first, &command) && bson_iter_next(&first)) {
      name = bson_iter_key(&first);
    }
    if (name == "hello" || name == "ismaster") name = "isMaster";
    const auto found = script_.find(name);
    if (found != script_.end() && found->second.empty()) return {};  // hangs up
    const auto json = found == script_.end() ? R"({"ok":0,"code":59,"errmsg":"no such command"})" : found->second;
    const Document document(
        bson_new_from_json(reinterpret_cast<const std::uint8_t*>(json.data()), static_cast<ssize_t>(json.size()), nullptr));
    return {reinterpret_cast<const char*>(bson_get_data(document.get())), document.get()->len};
  }

  const Script script_;
  int listener_;
  std::thread thread_;
};

constexpr auto kHello = R"({"ok":1,"ismaster":true,"maxWireVersion":13,"minWireVersion":0,"maxBsonObjectSize":16777216,
  "maxMessageSizeBytes":48000000,"maxWriteBatchSize":100000})";
constexpr auto kBuild = R"({"ok":1,"version":"7.0.14"})";

ScriptedServer::Script sound() {
  return {{"isMaster", kHello},
          {"buildInfo", kBuild},
          {"serverStatus", R"({"ok":1,"connections":{"current":3,"available":900}})"},
          {"connectionStatus", R"({"ok":1,"authInfo":{"authenticatedUsers":[],"authenticatedUserPrivileges":[]}})"}};
}

ScriptedServer::Script sound_but(const std::string& command, const std::string& answer) {
  auto script = sound();
  script[command] = answer;
  return script;
}

Options options_of(std::string uri) {
  Options options;
  options.uri = std::move(uri);
  options.connect_timeout = 2000;
  return options;
}

Finding finding(const Inspection& inspection, std::string_view name) {
  for (const auto& one : inspection.findings) {
    if (one.name == name) return one;
  }
  FAIL("no finding " << name);
  return {};
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("mongo inspection: a server that serves us is told in full, and nothing is wrong with it", "[mongo]") {
  auto uri = testing::require_server("HOLDFAST_TEST_MONGODB_URI");
  const auto inspection = inspect(options_of(uri + (uri.ends_with('/') ? "doctor" : "/doctor")));
  CHECK_FALSE(inspection.unreachable);
  for (const auto* name : {"database", "round trip", "clock", "encoding", "primary", "rights", "connections"}) {
    const auto one = finding(inspection, name);
    INFO(name << ": " << one.message);
    CHECK(one.status == FindingStatus::kOk);
  }
  CHECK(contains(finding(inspection, "database").message, "MongoDB "));
}

TEST_CASE("mongo inspection: wrong password, unknown host, closed port, missing database, TLS required are five sentences", "[mongo]") {
  const ScriptedServer locked(
      sound_but("saslStart", R"({"ok":0,"code":18,"codeName":"AuthenticationFailed","errmsg":"Authentication failed."})"));
  // What hangs up on a greeting, as a server that wants TLS does.
  const ScriptedServer tls(sound_but("isMaster", ""));
  struct Row {
    std::string uri;
    const char* name;
    const char* words;
  };
  const std::vector<Row> rows{
      {locked.uri("shop:open-barley@"), "database", "refuses the password of the user shop"},
      {"mongodb://u:open-barley@nowhere.invalid/shop", "database", "The host of nowhere.invalid:27017 is not known"},
      {"mongodb://u:open-barley@127.0.0.1:1/shop", "database", "Nothing listens on 127.0.0.1:1"},
      {"mongodb://u:open-barley@127.0.0.1:1/", "configuration", "names no database"},
      {tls.uri(), "database", "hangs up on connections without TLS"}};
  std::set<std::string> sentences;
  for (const auto& row : rows) {
    const auto inspection = inspect(options_of(row.uri));
    REQUIRE(inspection.findings.size() == 1);
    const auto& one = inspection.findings.front();
    INFO(one.message << " -> " << one.advice);
    CHECK(one.name == row.name);
    CHECK(inspection.unreachable == (one.name == "database"));
    CHECK(one.status == FindingStatus::kError);
    CHECK(contains(one.message, row.words));
    CHECK_FALSE(one.advice.empty());
    CHECK_FALSE(contains(one.message + one.advice, "barley"));
    sentences.insert(one.message);
  }
  CHECK(sentences.size() == 5);
}

TEST_CASE("mongo inspection: a URI that cannot be read is not repeated", "[mongo]") {
  for (const auto* uri : {"mongodb://", "mongodb://u:bar%ley@h/shop", "mongodb://u:barley@h:port/shop"}) {
    INFO(uri);
    const auto one = finding(inspect(options_of(uri)), "configuration");
    INFO(one.message);
    CHECK(one.status == FindingStatus::kError);
    CHECK_FALSE(contains(one.message, "bar"));
  }
}

TEST_CASE("mongo inspection: a secondary, an old version and a full server are told apart", "[mongo]") {
  const ScriptedServer secondary(sound_but("isMaster", R"({"ok":1,"ismaster":false,"secondary":true,"setName":"rs0","hosts":["127.0.0.1:1"],
    "maxWireVersion":13,"minWireVersion":0})"));
  const auto told = inspect(options_of(secondary.uri("", "?directConnection=true")));
  CHECK(finding(told, "primary").status == FindingStatus::kError);
  CHECK(contains(finding(told, "primary").message, "secondary"));
  CHECK(contains(finding(told, "database").message, "a member of the replica set rs0"));

  const ScriptedServer old(sound_but("buildInfo", R"({"ok":1,"version":"4.2.24"})"));
  CHECK(contains(finding(inspect(options_of(old.uri())), "version").message, "it is MongoDB 4.2.24; holdfast needs 4.4"));

  const ScriptedServer full(sound_but("serverStatus", R"({"ok":1,"connections":{"current":97,"available":5}})"));
  auto options = options_of(full.uri());
  options.pool_size = 8;
  const auto connections = finding(inspect(options), "connections");
  CHECK(connections.status == FindingStatus::kError);
  CHECK(contains(connections.advice, "HOLDFAST_POOL_SIZE to 5 or less"));
}

TEST_CASE("mongo inspection: rights that are missing are named with the roles that give them", "[mongo]") {
  constexpr auto kReader = R"({{"ok":1,"authInfo":{{"authenticatedUsers":[{{"user":"shop","db":"admin"}}],"authenticatedUserPrivileges":[
    {{"resource":{{"db":"other","collection":""}},"actions":["insert","update","remove"]}},
    {{"resource":{{"db":"shop","collection":"items"}},"actions":["insert"]}},
    {{"resource":{{"db":"shop","collection":""}},"actions":["find","listCollections","listIndexes"{}]}}]}}}})";
  const ScriptedServer reader(sound_but("connectionStatus", fmt::format(kReader, "")));
  const auto lacks = finding(inspect(options_of(reader.uri())), "rights");
  CHECK(lacks.status == FindingStatus::kError);
  CHECK(contains(lacks.message, "lacks on shop: insert, update, remove, createCollection, createIndex, collMod."));
  CHECK(contains(lacks.advice, R"([{role: "readWrite", db: "shop"}, {role: "dbAdmin", db: "shop"}])"));

  const auto all = fmt::format(kReader, R"(,"insert","update","remove","createCollection","createIndex","collMod")");
  const ScriptedServer writer(sound_but("connectionStatus", all));
  CHECK(finding(inspect(options_of(writer.uri())), "rights").status == FindingStatus::kOk);
}
