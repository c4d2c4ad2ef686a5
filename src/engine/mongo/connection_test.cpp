#include "engine/mongo/connection.h"

#include <catch2/catch.hpp>

#include "engine/mongo/document.h"
#include "engine/mongo/documents.h"
#include "engine/mongo/store.h"
#include "engine/mongo/testing/scripted_server.h"
#include "engine/testing/fixture.h"

using namespace holdfast;
using testing::text;

namespace {

constexpr const char* kDone = R"({"ok": 1, "n": 1, "value": {"last": 1}, "cursor": {"id": 0, "ns": "shop.things", "firstBatch": []}})";
constexpr const char* kLags =
    R"({"ok": 1, "n": 1, "value": {"last": 1}, "writeConcernError": {"code": 64, "errmsg": "waiting for replication timed out"}})";
constexpr const char* kLostShard = R"({"ok": 1, "n": 0, "writeErrors": [{"index": 0, "code": 6, "errmsg": "the shard was lost"}]})";
constexpr const char* kForbidden = R"({"ok": 0, "code": 13, "codeName": "Unauthorized", "errmsg": "not allowed"})";

constexpr const char* kNotPrimary = R"({"ok": 0, "code": 10107, "codeName": "NotWritablePrimary", "errmsg": "not primary"})";
constexpr const char* kHangsUp = "";
constexpr const char* kTaken = R"({"ok": 1, "n": 0, "writeErrors": [{"index": 0, "code": 11000, "errmsg": "E11000 duplicate key"}]})";

const std::string kReplicated = testing::greeting(R"("setName":"rs0","hosts":["127.0.0.1:PORT"],)");
constexpr const char* kAsReplicaSet = "?replicaSet=rs0&retryWrites=true";

using Script = testing::ScriptedServer::Script;

Script otherwise_done(Script answers) {
  answers.insert({{"isMaster", testing::greeting()}, {"", kDone}});
  return answers;
}

// A store of one lane before a server that does what it is told, but where a test wants another answer.
struct Scripted {
  explicit Scripted(const Script& answers = {}, const char* options = "?socketTimeoutMS=8000") : server(otherwise_done(answers)) {
    settings.uri.reset(mongoc_uri_new(server.uri("", options).c_str()));
    settings.database = "shop";
    settings.counters = &counters;
    connections.push_back(std::make_unique<mongo::Connection>(settings));
  }
  ~Scripted() { lanes.close(); }

  mongo::Connection& connection() { return *connections.front(); }
  // Of a record of `things`, or of one whose id is counted.
  Result<Written> create(const char* collection, std::optional<Idempotency> key = std::nullopt) {
    const Model& model = *catalog.find(collection);
    WritePlan plan = testing::create_plan(model, model.id_kind == IdKind::kInteger ? Value() : text("a"), {});
    plan.idempotency = std::move(key);
    return testing::run(loop, store.write(std::move(plan)));
  }
  // What is said of a change that fails.
  Error change() {
    mongo::Document command;
    mongo::append_text(*command.get(), "findAndModify", "things");
    return mongo::error_of_write(connection().write(*command.get()).error());
  }

  const mongo::Driver driver;
  const Catalog catalog = testing::catalog_of({{"numbers", "type: object\nid: integer\nproperties: { name: { type: string } }\n"},
                                               {"things", "type: object\nid: text\nproperties: { name: { type: string } }\n"}});
  testing::FixedClock clock;
  testing::ScriptedServer server;
  mongo::PoolCounters counters;
  mongo::Gate gate;
  mongo::ConnectionSettings settings;
  mongo::Writer writer{catalog, clock, {}};
  std::vector<std::unique_ptr<mongo::Connection>> connections;
  Lanes lanes{1, 100, std::chrono::seconds(60), Lanes::Priority::kNormal};
  asio::io_context loop{1};
  mongo::MongoStore store{loop, mongo::Shared{writer, lanes, connections, counters, gate, 10'000, 10'000, 10'000}};
};

}  // namespace

TEST_CASE("mongo: a write waits for its majority a little less long than for its server", "[engine]") {
  Scripted scripted;
  REQUIRE(scripted.create("things").has_value());
  REQUIRE(scripted.server.received("insert things").size() == 1);
  // of 8,000: socketTimeoutMS
  CHECK_THAT(scripted.server.received("insert things").front(),
             Catch::Contains(R"("writeConcern" : { "w" : "majority", "j" : true, "wtimeout" : 7000 })"));
}

TEST_CASE("mongo: a majority that lags leaves the outcome unknown and costs no connection", "[engine]") {
  Scripted scripted(Script{{"insert things", kLags}});
  CHECK(scripted.create("things").error().code == Code::kOutcomeUnknown);
  CHECK(scripted.gate.is_reachable());
  CHECK(scripted.counters.failed == 0);
  CHECK(scripted.create("things").error().code == Code::kOutcomeUnknown);
  CHECK(scripted.counters.created == 1);
}

TEST_CASE("mongo: a change whose answer was lost, and that met no primary when the driver sent it again, has an unknown outcome",
          "[engine]") {
  Scripted scripted(Script{{"isMaster", kReplicated}, {"first findAndModify things", kHangsUp}, {"findAndModify things", kNotPrimary}},
                    kAsReplicaSet);
  CHECK(scripted.change().code == Code::kOutcomeUnknown);
  CHECK(scripted.server.received("findAndModify").size() == 2);
}

TEST_CASE("mongo: a change that met no primary twice is known not to have happened", "[engine]") {
  Scripted scripted(Script{{"isMaster", kReplicated}, {"findAndModify things", kNotPrimary}}, kAsReplicaSet);
  CHECK(scripted.change().code == Code::kDatabaseUnavailable);
}

TEST_CASE("mongo: a majority that lags behind the counter of ids is no lost server", "[engine]") {
  Scripted scripted(Script{{"findAndModify _hf_meta", kLags}});
  CHECK(scripted.create("numbers").error().code == Code::kDatabaseUnavailable);
  CHECK(scripted.gate.is_reachable());
  CHECK(scripted.server.received("insert").empty());
}

TEST_CASE("mongo: a write whose shard was lost keeps its Idempotency-Key", "[engine]") {
  Scripted scripted(Script{{"insert things", kLostShard}});
  CHECK(scripted.create("things", Idempotency{"key", "print"}).error().code == Code::kOutcomeUnknown);
  CHECK(scripted.server.received("insert _hf_idempotency").size() == 1);
  CHECK(scripted.server.received("delete").empty());
}

TEST_CASE("mongo: whose an Idempotency-Key is, is asked again when the connection is lost", "[engine]") {
  Scripted scripted(Script{{"insert _hf_idempotency", kTaken}, {"first find _hf_idempotency", kHangsUp}});
  CHECK(scripted.create("things", Idempotency{"key", "print"}).error().code == Code::kOverloaded);  // the script's key is never seen
  CHECK(scripted.server.received("find _hf_idempotency").size() > 1);
}

TEST_CASE("mongo: a server whose name does not resolve any more is out of reach, for reads and writes", "[engine]") {
  Scripted scripted;
  scripted.settings.uri.reset(mongoc_uri_new("mongodb+srv://db.nowhere.invalid/shop"));
  CHECK(scripted.create("things").error().code == Code::kDatabaseUnavailable);
  CHECK_FALSE(scripted.gate.is_reachable());
  const FindPlan find{scripted.catalog.find("things"), text("a")};
  CHECK(testing::run(scripted.loop, scripted.store.find(find)).error().code == Code::kDatabaseUnavailable);
  CHECK_FALSE(scripted.gate.is_reachable());
}

TEST_CASE("mongo: what our user may not do is no lost server", "[engine]") {
  Scripted scripted(Script{{"find things", kDone}, {"", kForbidden}});
  CHECK(scripted.create("things").error().code == Code::kDatabaseUnavailable);
  CHECK(scripted.gate.is_reachable());
  const FindPlan find{scripted.catalog.find("things"), text("a")};
  CHECK(testing::run(scripted.loop, scripted.store.find(find)).error().code == Code::kNotFound);
}

TEST_CASE("mongo: a connection that may be lost is replaced without a farewell, which nobody might answer", "[engine]") {
  Scripted scripted;
  REQUIRE(scripted.create("things").has_value());
  ++scripted.counters.failed;  // another was lost
  REQUIRE(scripted.create("things").has_value());
  CHECK(scripted.counters.created == 2);
  CHECK(scripted.server.received("endSessions").empty());
  scripted.lanes.close();
  scripted.connections.clear();
  CHECK(scripted.server.received("endSessions").size() == 1);
}

TEST_CASE("mongo: a connection that was lost ends without a farewell", "[engine]") {
  Scripted scripted;
  REQUIRE(scripted.create("things").has_value());
  bson_error_t lost;
  bson_set_error(&lost, MONGOC_ERROR_STREAM, MONGOC_ERROR_STREAM_SOCKET, "lost");
  scripted.connection().note_failure(lost);
  scripted.lanes.close();
  scripted.connections.clear();
  CHECK(scripted.server.received("endSessions").empty());
}
