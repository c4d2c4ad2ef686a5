// Writers that meet, and what is left behind by those that died.

#include "engine/mongo/writer.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "engine/mongo/removal.h"
#include "engine/mongo/testing/database.h"
#include "engine/testing/database.h"

using namespace holdfast;

namespace {

Catalog households() {
  return testing::catalog_of(
      {{"bills", "type: object\nid: text\nproperties:\n  owner: { ref: owners }\n"},
       {"cats", R"(
type: object
id: text
properties:
  owner: { ref: owners, onDelete: cascade }
  name:  { type: string, maxLength: 20, unique: true }
  age:   { type: integer }
  color: { type: string }
  mood:  { type: string }
  home:  { type: string }
)"},
       {"dogs", "type: object\nid: text\nproperties:\n  owner: { ref: owners, onDelete: setNull }\n"},
       {"numbers", "type: object\nid: integer\nproperties:\n  name: { type: string, maxLength: 20, unique: true }\n"},
       {"owners", "type: object\nid: text\nproperties:\n  name: { type: string }\n"}});
}

struct Database {
  Database() : opened([this](const Catalog& catalog) { return mongo::open(server.options(), catalog, clock); }, households()) {}

  // A mark on an owner, of a removal that began so long ago.
  void mark(const std::string& id, Milliseconds age, bool decided) {
    server.run("{'update': 'owners', 'updates': [{'q': {'_id': '" + id +
               "'}, 'u': {'$set': {'_hf.deleting': {'by': 'gone', 'at': {'$date': {"
               "'$numberLong': '" +
               std::to_string(clock.time - age) + "'}}, 'now': {'$date': {'$numberLong': '5000'}}, 'decided': " +
               (decided ? "true" : "false") + ", 'root': 'owners', 'rootId': '" + id + "'}}}}]}");
  }

  testing::MongoDatabase server;
  testing::FixedClock clock;
  testing::TestDatabase opened;
};

std::int64_t count_done(const std::vector<Result<Written>>& results) {
  return std::count_if(results.begin(), results.end(), [](const Result<Written>& result) { return result.has_value(); });
}

}  // namespace

TEST_CASE("mongodb: of several records of one key made at once, one is", "[mongo]") {
  Database database;
  testing::TestDatabase& db = database.opened;
  std::vector<WritePlan> plans;
  for (int i = 0; i < 8; ++i) plans.push_back(db.create("cats", "cat-" + std::to_string(i), {{"name", testing::text("Tom")}}));
  const std::vector<Result<Written>> results = db.write_all(std::move(plans));
  CHECK(count_done(results) == 1);
  CHECK(db.count("cats") == 1);
  for (const Result<Written>& result : results) {
    if (result) continue;
    CHECK(testing::refusal(result, Code::kUniqueViolation).fields == std::vector<std::string>{"name"});
  }
}

TEST_CASE("mongodb: of changes of one record at once none is lost", "[mongo]") {
  Database database;
  testing::TestDatabase& db = database.opened;
  db.fill({db.create("cats", "tom")});
  std::vector<WritePlan> plans;
  for (const char* field : {"name", "color", "mood", "home"}) plans.push_back(db.patch("cats", "tom", {{field, testing::text("x")}}));
  CHECK(count_done(db.write_all(std::move(plans))) == 4);
  const Record tom = db.find("cats", "tom").value();
  CHECK(tom.revision == 5);
  for (const char* field : {"name", "color", "mood", "home"}) {
    CHECK(tom.values[db.model("cats").ordinal(field).value()] == testing::text("x"));
  }
}

TEST_CASE("mongodb: a record and the removal of its target, at once, never leave it pointing at nothing", "[mongo]") {
  Database database;
  testing::TestDatabase& db = database.opened;
  for (int round = 0; round < 30; ++round) {
    const std::string id = std::to_string(round);
    db.fill({db.create("owners", id)});
    std::vector<WritePlan> plans;
    plans.push_back(db.create("bills", id, {{"owner", testing::text(id)}}));
    plans.push_back(db.remove("owners", id));
    if (round % 2 == 0) std::swap(plans[0], plans[1]);
    for (const Result<Written>& result : db.write_all(std::move(plans))) {
      if (!result) CHECK(result.error().code == Code::kReferenceViolation);
    }
    INFO("round " << round);
    CHECK((!db.has("bills", id) || db.has("owners", id)));
  }
}

TEST_CASE("mongodb: of two requests with one Idempotency-Key at once, one is done", "[mongo]") {
  Database database;
  testing::TestDatabase& db = database.opened;
  for (int round = 0; round < 10; ++round) {
    const std::string id = std::to_string(round);
    std::vector<WritePlan> plans(3, db.create("cats", id));
    for (WritePlan& plan : plans) plan.idempotency = Idempotency{"key-" + id, "the same"};
    int created = 0;
    for (const Result<Written>& result : db.write_all(std::move(plans))) {
      if (!result) {
        CHECK(result.error().code == Code::kIdempotencyInProgress);
      } else if (result->created) {
        ++created;
      } else {
        CHECK(result->replayed.has_value());
      }
    }
    CHECK(created == 1);
  }
  CHECK(db.count("cats") == 10);
}

TEST_CASE("mongodb: a removal that was decided and left alone is finished by who meets it", "[mongo]") {
  Database database;
  testing::TestDatabase& db = database.opened;
  db.fill({db.create("owners", "ann")});
  db.fill({db.create("cats", "tom", {{"owner", testing::text("ann")}}), db.create("dogs", "rex", {{"owner", testing::text("ann")}})});
  database.mark("ann", mongo::kStaleMark + 1, true);
  testing::refusal(db.write(db.create("bills", "b", {{"owner", testing::text("ann")}})), Code::kReferenceViolation);
  CHECK_FALSE(db.has("owners", "ann"));
  CHECK_FALSE(db.has("cats", "tom"));
  CHECK_FALSE(db.has("bills", "b"));
  const Record rex = db.find("dogs", "rex").value();
  CHECK(rex.values[1].is_null());
  CHECK(rex.revision == 2);
}

TEST_CASE("mongodb: a removal that was left alone is finished or given up at the next start", "[mongo]") {
  Database database;
  testing::TestDatabase& db = database.opened;
  db.fill({db.create("owners", "ann"), db.create("owners", "bob")});
  db.fill({db.create("cats", "tom", {{"owner", testing::text("ann")}})});
  database.mark("ann", mongo::kStaleMark + 1, true);
  database.mark("bob", mongo::kStaleMark + 1, false);
  db.reopen(households());
  CHECK_FALSE(db.has("cats", "tom"));
  CHECK_FALSE(db.has("owners", "ann"));
  CHECK(database.server.document("owners", "'bob'").find("deleting") == std::string::npos);
}

TEST_CASE("mongodb: a removal that was not decided is given up by who meets it", "[mongo]") {
  Database database;
  testing::TestDatabase& db = database.opened;
  db.fill({db.create("owners", "ann")});
  database.mark("ann", mongo::kStaleMark + 1, false);
  CHECK(db.write(db.create("bills", "b", {{"owner", testing::text("ann")}})).has_value());
  CHECK(db.write(db.patch("owners", "ann", {{"name", testing::text("Ann")}})).has_value());
  testing::refusal(db.write(db.remove("owners", "ann")), Code::kReferenceViolation);
  CHECK(database.server.document("owners", "'ann'").find("deleting") == std::string::npos);
}

TEST_CASE("mongodb: what is being removed counts as absent", "[mongo]") {
  Database database;
  testing::TestDatabase& db = database.opened;
  db.fill({db.create("owners", "ann"), db.create("cats", "tom")});
  database.mark("ann", mongo::kStaleMark, true);
  testing::refusal(db.write(db.create("bills", "b", {{"owner", testing::text("ann")}})), Code::kReferenceViolation);
  testing::refusal(db.write(db.patch("cats", "tom", {{"owner", testing::text("ann")}})), Code::kReferenceViolation);
  testing::refusal(db.write(db.patch("owners", "ann", {{"name", testing::text("Ann")}})), Code::kNotFound);
  testing::refusal(db.write(db.remove("owners", "ann")), Code::kNotFound);
  CHECK(db.has("owners", "ann"));
}

TEST_CASE("mongodb: the key of a request that died is taken over after half a minute", "[mongo]") {
  Database database;
  testing::TestDatabase& db = database.opened;
  WritePlan plan = db.create("numbers", "", {{"name", testing::text("one")}});
  plan.id = Value();
  plan.idempotency = Idempotency{"key", "print"};
  REQUIRE(db.write(plan)->created);
  // The answer was never kept.
  const auto forget = [&](Milliseconds age) {
    database.server.run(
        "{'update': '_hf_idempotency', 'updates': [{'q': {'_id': 'numbers key'}, 'u': {'$unset': {'answer': ''}, '$set': "
        "{'since': {'$date': {'$numberLong': '" +
        std::to_string(database.clock.time - age) + "'}}}}}]}");
  };
  forget(30'000);
  testing::refusal(db.write(plan), Code::kIdempotencyInProgress);
  forget(30'001);
  WritePlan other = plan;
  other.idempotency->fingerprint = "another";
  testing::refusal(db.write(other), Code::kIdempotencyKeyReused);
  const Result<Written> again = db.write(plan);
  REQUIRE(again.has_value());
  REQUIRE(again->replayed.has_value());
  CHECK(again->replayed->status == 201);
  CHECK(again->replayed->json == R"({"id":1,"name":"one"})");
  CHECK(db.write(plan)->replayed.has_value());
  // The record was never made: it gets the id that was meant for it.
  forget(30'001);
  database.server.run("{'delete': 'numbers', 'deletes': [{'q': {}, 'limit': 0}]}");
  const Result<Written> made = db.write(plan);
  REQUIRE(made.has_value());
  CHECK(made->created);
  CHECK(made->after->values[0] == testing::integer(1));
  // Another record has taken that id.
  forget(30'001);
  database.server.run("{'update': 'numbers', 'updates': [{'q': {'_id': 1}, 'u': {'name': 'two'}}]}");
  CHECK(testing::refusal(db.write(plan), Code::kUniqueViolation).fields == std::vector<std::string>{"id"});
}

TEST_CASE("mongodb: integer ids go on behind those that others gave", "[mongo]") {
  Database database;
  testing::TestDatabase& db = database.opened;
  const auto create = [&](const char* name) {
    WritePlan plan = db.create("numbers", "", {{"name", testing::text(name)}});
    plan.id = Value();
    return db.write(plan);
  };
  CHECK(create("a")->after->values[0] == testing::integer(1));
  database.server.run("{'insert': 'numbers', 'documents': [{'_id': 2}, {'_id': 7.0, 'name': 'seven'}]}");
  CHECK(create("b")->after->values[0] == testing::integer(8));
  testing::refusal(create("seven"), Code::kUniqueViolation);
  CHECK(create("c")->after->values[0] == testing::integer(9));
}
