// Removals that were begun and then left alone, by a process that died or a connection that was lost.

#include <catch2/catch.hpp>

#include "engine/mongo/removal.h"
#include "engine/mongo/removal_watch.h"
#include "engine/mongo/testing/database.h"
#include "engine/mongo/testing/interruption.h"
#include "engine/mongo/testing/scripted_server.h"
#include "engine/mongo/topology.h"
#include "engine/mongo/writer.h"
#include "engine/testing/database.h"

using namespace holdfast;
using namespace std::chrono_literals;
using mongo::RemovalWatch;
using testing::Interruption;
using testing::text;

namespace {

Catalog families() {
  return testing::catalog_of({{"children", "type: object\nid: text\nproperties:\n  parent: { ref: parents, onDelete: cascade }\n"},
                              {"parents", "type: object\nid: text\nproperties:\n  name: { type: string, maxLength: 20, unique: true }\n"}});
}

constexpr Milliseconds kFresh = mongo::kStaleMark, kStale = mongo::kStaleMark + 1;

// `ann`, her child `tom`, and `bob`. The writer is another process than the engine.
struct Database {
  Database() : others([this](const Catalog& catalog) { return mongo::open(server.options(), catalog, clock); }, families()) {
    others.fill({others.create("parents", "ann", {{"name", text("Ann")}}), others.create("parents", "bob", {{"name", text("Bob")}})});
    others.fill({others.create("children", "tom", {{"parent", text("ann")}})});
  }

  // What a removal of `ann` that died has left on a record.
  void mark(const std::string& collection, const std::string& id, Milliseconds age, bool is_decided) {
    const std::string at = "{'$date': {'$numberLong': '" + std::to_string(clock.time - age) + "'}}";
    server.run("{'update': '" + collection + "', 'updates': [{'q': {'_id': '" + id +
               "'}, 'u': {'$set': {'_hf.deleting': {'by': 'gone', 'at': " + at + ", 'now': " + at +
               (is_decided ? ", 'decided': true" : "") + ", 'root': 'parents', 'rootId': 'ann'}}}}]}");
  }

  Result<Written> write(const WritePlan& plan) { return writer.write(connection, plan); }

  WritePlan with_her_id(bool only_if_missing) const {
    WritePlan plan = others.create("parents", "ann", {{"name", text("Another")}});
    plan.only_if_missing = only_if_missing;
    return plan;
  }
  WritePlan with_her_name() const { return others.create("parents", "eve", {{"name", text("Ann")}}); }
  WritePlan renamed_to_her_name() const { return others.patch("parents", "bob", {{"name", text("Ann")}}); }

  testing::MongoDatabase server;
  testing::FixedClock clock;
  testing::TestDatabase others;
  mongo::Connection connection{server.settings()};
  mongo::Writer writer{*others.catalog, clock, unique_indexes()};

  // Unique indexes by their names, as a start finds them.
  static mongo::KeysOfIndexes unique_indexes() { return {{"parents", {{"_id_", 0}, {"name_1", 1}}}}; }
};

Catalog acquaintances() {
  return testing::catalog_of(
      {{"links", "type: object\nid: text\nproperties:\n  a: { ref: people, onDelete: cascade }\n  b: { ref: people, onDelete: setNull }\n"},
       {"people", "type: object\nid: text\nproperties:\n  partner: { ref: people, onDelete: setNull }\n  name: { type: string }\n"}});
}

// The people `a` and `b`. The writer is another process than the engine.
struct Circle {
  Circle() : others([this](const Catalog& catalog) { return mongo::open(server.options(), catalog, clock); }, acquaintances()) {
    others.fill({others.create("people", "a"), others.create("people", "b")});
  }

  void add_partners() {
    others.fill({others.patch("people", "a", {{"partner", text("b")}})});
    others.fill({others.patch("people", "b", {{"partner", text("a")}})});
  }
  // Each goes with one of the people and lets go of the other.
  void add_links() {
    others.fill({others.create("links", "m", {{"a", text("a")}, {"b", text("b")}})});
    others.fill({others.create("links", "n", {{"a", text("b")}, {"b", text("a")}})});
  }

  // Of the removal of that person.
  void mark(const std::string& collection, const std::string& id, const std::string& person, Milliseconds age) {
    const std::string at = "{'$date': {'$numberLong': '" + std::to_string(clock.time - age) + "'}}";
    server.run("{'update': '" + collection + "', 'updates': [{'q': {'_id': '" + id + "'}, 'u': {'$set': {'_hf.deleting': {'by': '" +
               person + "', 'at': " + at + ", 'now': " + at + (id == person ? ", 'decided': true" : "") +
               ", 'root': 'people', 'rootId': '" + person + "'}}}}]}");
  }

  Result<Written> write(const WritePlan& plan) { return writer.write(connection, plan); }

  testing::MongoDatabase server;
  testing::FixedClock clock;
  testing::TestDatabase others;
  mongo::Connection connection{server.settings()};
  mongo::Writer writer{*others.catalog, clock, {}};
};

}  // namespace

TEST_CASE("mongodb: two removals that were left alone, each with a record of the other to let go, are both finished", "[mongo]") {
  Circle circle;
  const auto leave = [&] {
    circle.mark("people", "a", "a", kStale);
    circle.mark("people", "b", "b", kStale);
  };
  SECTION("records that go with them") {
    circle.add_links();
    leave();
    circle.mark("links", "m", "a", kStale);
    circle.mark("links", "n", "b", kStale);
  }
  SECTION("themselves") {
    circle.add_partners();
    leave();
  }
  if (GENERATE(false, true)) {
    circle.others.reopen(acquaintances());
  } else {
    CHECK(circle.writer.settle_removals(circle.connection, 10));
  }
  CHECK(circle.others.count("people") == 0);
  CHECK(circle.others.count("links") == 0);
}

TEST_CASE("mongodb: a long chain of removals that were left alone, each met by the one before, is finished", "[mongo]") {
  Circle circle;
  constexpr int kLength = 100;
  const auto name = [](int person) { return "p" + std::to_string(person); };
  for (int person = 0; person < kLength; ++person) {
    const std::string partner = person == 0 ? "a" : name(person - 1);
    circle.others.fill({circle.others.create("people", name(person), {{"partner", text(partner)}})});
  }
  for (int person = 0; person < kLength; ++person) circle.mark("people", name(person), name(person), kStale);
  CHECK(circle.writer.settle_removals(circle.connection, 1'000));
  CHECK(circle.others.count("people") == 2);
}

TEST_CASE("mongodb: a removal does not wait for a record that goes with another that is decided", "[mongo]") {
  Circle circle;
  circle.add_links();
  circle.mark("people", "b", "b", kFresh);
  circle.mark("links", "n", "b", kFresh);
  CHECK(circle.write(circle.others.remove("people", "a")).has_value());
  CHECK_FALSE(circle.others.has("people", "a"));
  circle.clock.time += kStale;
  CHECK(circle.writer.settle_removals(circle.connection, 10));
  CHECK(circle.others.count("people") == 0);
  CHECK(circle.others.count("links") == 0);
}

TEST_CASE("mongodb: a removal that another finishes leaves alone what refers to a new record of the same id", "[mongo]") {
  Circle circle;
  testing::TestDatabase& others = circle.others;
  const char* const names[] = {"m", "n"};
  for (const char* name : names) others.fill({others.create("links", name, {{"b", text("a")}})});
  const Interruption finished(circle.connection, "findAndModify", "links", [&](const std::string&) {
    circle.clock.time += kStale;
    CHECK(others.write(others.create("people", "a")).has_value());
    for (const char* name : names) CHECK(others.write(others.patch("links", name, {{"b", text("a")}})).has_value());
  });
  testing::refusal(circle.write(others.remove("people", "a")), Code::kOutcomeUnknown);
  REQUIRE(finished.has_happened());
  REQUIRE(others.has("people", "a"));
  for (const char* name : names) CHECK(others.find("links", name)->values[2] == text("a"));
}

TEST_CASE("mongodb: a decided removal that was left alone is finished by who writes where its record stands", "[mongo]") {
  Database database;
  database.mark("children", "tom", kStale, false);
  database.mark("parents", "ann", kStale, true);
  SECTION("a create of the same id") {
    CHECK(database.write(database.with_her_id(false)).has_value());
  }
  SECTION("a create of the same id if it is missing") {
    CHECK(database.write(database.with_her_id(true)).has_value());
  }
  SECTION("a create of the same unique key") {
    CHECK(database.write(database.with_her_name()).has_value());
  }
  SECTION("a change to the same unique key") {
    CHECK(database.write(database.renamed_to_her_name()).has_value());
  }
  SECTION("a create with an Idempotency-Key") {
    WritePlan plan = database.with_her_name();
    plan.idempotency = Idempotency{"key", "print"};
    CHECK(database.write(plan).has_value());
  }
  SECTION("a reference to it") {
    testing::refusal(database.write(database.others.create("children", "late", {{"parent", text("ann")}})), Code::kReferenceViolation);
    CHECK_FALSE(database.others.has("parents", "ann"));
  }
  CHECK_FALSE(database.others.has("children", "tom"));
  CHECK(database.server.document("parents", "'ann'").find("deleting") == std::string::npos);
}

TEST_CASE("mongodb: a removal that is under way, or was not decided, keeps its record's id and unique keys", "[mongo]") {
  const bool is_decided = GENERATE(false, true);
  Database database;
  database.mark("parents", "ann", is_decided ? kFresh : kStale, is_decided);
  testing::refusal(database.write(database.with_her_id(false)), Code::kUniqueViolation);
  testing::refusal(database.write(database.with_her_id(true)), Code::kPreconditionFailed);
  testing::refusal(database.write(database.with_her_name()), Code::kUniqueViolation);
  testing::refusal(database.write(database.renamed_to_her_name()), Code::kUniqueViolation);
  CHECK(database.others.has("parents", "ann"));
  CHECK(database.others.has("children", "tom"));
}

TEST_CASE("mongodb: who clashes with a record whose decided removal cannot be finished is told of the clash", "[mongo]") {
  Database database;
  database.mark("parents", "ann", kStale, true);
  SECTION("since a record that refers to it has an id of another type") {
    database.server.run("{'insert': 'children', 'documents': [{'_id': 5, 'parent': 'ann'}], 'bypassDocumentValidation': true}");
  }
  SECTION("since another removal is at a child") {
    database.mark("children", "tom", kFresh, false);
    database.server.run("{'update': 'children', 'updates': [{'q': {}, 'u': {'$set': {'_hf.deleting.by': 'another'}}}]}");
  }
  testing::refusal(database.write(database.with_her_id(false)), Code::kUniqueViolation);
  testing::refusal(database.write(database.with_her_id(true)), Code::kPreconditionFailed);
  testing::refusal(database.write(database.with_her_name()), Code::kUniqueViolation);
  testing::refusal(database.write(database.renamed_to_her_name()), Code::kUniqueViolation);
}

TEST_CASE("mongodb: a look for removals that were left alone ends when the engine closes", "[mongo]") {
  Database database;
  database.mark("parents", "ann", kStale, true);
  database.server.run(
      "{'update': 'parents', 'updates': [{'q': {'_id': 'bob'}, 'u': {'$set': {'_hf.deleting': {'by': 'b', 'at': "
      "{'$date': {'$numberLong': '1'}}, 'decided': true, 'root': 'parents', 'rootId': 'bob'}}}}]}");
  const std::atomic<bool> is_over{true};
  CHECK_FALSE(database.writer.settle_removals(database.connection, 10, &is_over));
  CHECK(database.others.count("parents") == 1);  // the one that was begun
  CHECK(database.writer.settle_removals(database.connection, 10));
  CHECK(database.others.count("parents") == 0);
}

TEST_CASE("mongo: a look for removals that were left alone asks no further when nobody answers", "[mongo]") {
  testing::ScriptedServer::Script script = testing::sound_script();
  script["find"] = "";
  const testing::ScriptedServer server(script);
  const Catalog catalog = testing::catalog_of({{"a", "type: object\nid: text\nproperties:\n  next: { ref: b }\n"},
                                               {"b", "type: object\nid: text\nproperties:\n  next: { ref: a }\n"}});
  const testing::FixedClock clock;
  mongo::Options options;
  options.uri = server.uri();
  const mongo::Driver driver;
  const mongo::ConnectionSettings settings = mongo::read_uri(options);
  mongo::Connection connection(settings);
  mongo::Writer writer(catalog, clock, {});
  CHECK_FALSE(writer.settle_removals(connection, 10));
  CHECK_FALSE(server.received("find a").empty());
  CHECK(server.received("find b").empty());
}

TEST_CASE("mongodb: a removal whose connection was lost when it was decided is taken up again", "[mongo]") {
  Database database;
  testing::make_losable(database.connection);
  const RemovalWatch::Time before = std::chrono::steady_clock::now();
  CHECK_FALSE(database.writer.removal_watch().is_time(before + RemovalWatch::kTakenUpAfter));
  {
    const Interruption lost(database.connection, "delete", "children", [](const std::string&) { testing::lose_next_answer(); });
    testing::refusal(database.write(database.others.remove("parents", "ann")), Code::kOutcomeUnknown);
    REQUIRE(lost.has_happened());
  }
  REQUIRE(database.others.has("parents", "ann"));
  REQUIRE_FALSE(database.others.has("children", "tom"));
  CHECK(database.writer.removal_watch().is_time(std::chrono::steady_clock::now() + RemovalWatch::kTakenUpAfter));
  CHECK(database.writer.settle_removals(database.connection, 10));
  CHECK(database.others.has("parents", "ann"));  // another may be at it
  database.clock.time += kStale;
  CHECK(database.writer.settle_removals(database.connection, 10));
  CHECK_FALSE(database.others.has("parents", "ann"));
}

TEST_CASE("mongodb: a look for removals that were left alone settles so many, and says when some may be left", "[mongo]") {
  Database database;
  database.mark("parents", "ann", kStale, true);
  CHECK_FALSE(database.writer.settle_removals(database.connection, 1));
  CHECK_FALSE(database.others.has("parents", "ann"));
  CHECK(database.others.has("parents", "bob"));
  CHECK(database.writer.settle_removals(database.connection, 1));
}

TEST_CASE("mongodb: a record can be removed whose children bear the marks of a removal that died before it was decided", "[mongo]") {
  Database database;
  database.mark("children", "tom", kStale, false);
  database.mark("parents", "ann", kStale, false);
  CHECK(database.write(database.others.remove("parents", "ann")).has_value());
  CHECK_FALSE(database.others.has("children", "tom"));
  CHECK_FALSE(database.others.has("parents", "ann"));
}

TEST_CASE("mongo: removals are looked for once a minute, and sooner when one of our own is left", "[mongo]") {
  const RemovalWatch::Time start{};
  RemovalWatch watch(start);
  CHECK_FALSE(watch.is_time(start + 59s));
  CHECK(watch.is_time(start + 60s));
  CHECK_FALSE(watch.is_time(start + 61s));
  watch.note_unfinished(start + 62s);
  CHECK_FALSE(watch.is_time(start + 77s));
  CHECK(watch.is_time(start + 78s));
  CHECK_FALSE(watch.is_time(start + 79s));
  watch.note_unfinished(start + 130s);  // the next look comes before
  CHECK(watch.is_time(start + 138s));
}
