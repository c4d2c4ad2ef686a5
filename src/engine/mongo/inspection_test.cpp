#include "engine/mongo/inspection.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <set>

#include "engine/mongo/testing/scripted_server.h"
#include "engine/testing/servers.h"

using namespace holdfast;
using namespace holdfast::mongo;
using testing::ScriptedServer;

namespace {

ScriptedServer::Script sound_but(const std::string& command, const std::string& answer) {
  auto script = testing::sound_script();
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

TEST_CASE("mongo inspection: wrong password, unknown host, closed port, missing database, TLS required are sentences of their own",
          "[mongo]") {
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
      {"mongodb+srv://u:open-barley@db.nowhere.invalid/shop", "database", "The host of db.nowhere.invalid is not known"},
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
  CHECK(sentences.size() == rows.size());
}

TEST_CASE("mongo inspection: what keeps us from a server is told by its cause", "[mongo]") {
  const ScriptedServer server(testing::sound_script());
  const auto place = server.uri().substr(std::string("mongodb://").size());
  const auto host = place.substr(0, place.find('/'));
  struct Row {
    std::string uri, fault, advice;
  };
  std::vector<Row> rows{
      {"mongodb://" + host + ",127.0.0.1:1/shop", "No primary of " + host + ",127.0.0.1:1 can be reached: ", "replicaSet=NAME"},
      {"mongodb://127.0.0.1:1,127.0.0.1:2/shop", "Nothing listens on 127.0.0.1:1,127.0.0.1:2.", "Start MongoDB"},
      {server.uri("", "?replicaSet=rs0"), "No primary of " + host, "Is it of the replica set rs0"},
      {server.uri("", "?tls=true&tlsCAFile=/no/such"), "The file /no/such cannot be read.", "Correct tlsCAFile"},
      {"mongodb://%2Fno%2Fsuch.sock/shop", "Nothing listens on the socket /no/such.sock.", "correct the path"},
  };
  const ScriptedServer locked(sound_but("authenticate", R"({"ok":0,"code":18,"codeName":"AuthenticationFailed","errmsg":"no such one"})"));
  rows.push_back({locked.uri("", "?authMechanism=MONGODB-X509"), " does not let us in: ", "authMechanism"});
  for (const auto& row : rows) {
    const auto one = finding(inspect(options_of(row.uri)), "database");
    INFO(row.uri << ": " << one.message << " -> " << one.advice);
    CHECK(contains(one.message, row.fault));
    CHECK(contains(one.advice, row.advice));
  }
}

TEST_CASE("mongo inspection: a URI that cannot be read is not repeated", "[mongo]") {
  for (const auto* uri :
       {"mongodb://", "mongodb://u:bar%ley@h/shop", "mongodb://u:barley@h:port/shop", "mongodb://u:open@barley@h/shop",
        "mongodb://u:barley/open@h/shop", "mongodb://u:1/barley@h", "mongodb+srv://u:open@bar.ley.example@h.example/shop"}) {
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

TEST_CASE("mongo inspection: of a replica set it is told whether its primary is followed", "[mongo]") {
  const auto member = [](const std::string& host) {
    return sound_but("isMaster", testing::greeting(R"("setName":"rs0","setVersion":1,"hosts":[")" + host + "\"],"));
  };
  const ScriptedServer elsewhere(member("127.0.0.1:1"));
  const auto bound = finding(inspect(options_of(elsewhere.uri("", "?directConnection=true"))), "replica set");
  CHECK(bound.status == FindingStatus::kWarning);
  CHECK(contains(bound.advice, "replicaSet=rs0"));
  const auto lost = finding(inspect(options_of(elsewhere.uri())), "replica set");
  CHECK(lost.status == FindingStatus::kError);
  CHECK(contains(lost.message, "(127.0.0.1:1)"));
  auto script = member("127.0.0.1:PORT");
  script["ping"] = R"({"ok":1})";
  const ScriptedServer found(script);
  CHECK(finding(inspect(options_of(found.uri())), "replica set").status == FindingStatus::kOk);
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
