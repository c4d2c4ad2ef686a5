// Writes between whose commands something happens: others write, an answer is lost.

#include <catch2/catch.hpp>

#include "engine/mongo/kept_answers.h"
#include "engine/mongo/removal.h"
#include "engine/mongo/testing/database.h"
#include "engine/mongo/testing/interruption.h"
#include "engine/mongo/topology.h"
#include "engine/mongo/writer.h"
#include "engine/testing/database.h"

using namespace holdfast;
using testing::Interruption;
using testing::text;

namespace {

Catalog households() {
  return testing::catalog_of(
      {{"cats", "type: object\nid: text\nproperties:\n  owner: { ref: owners, onDelete: cascade }\n  age: { type: integer }\n"},
       {"numbers", "type: object\nid: integer\nproperties:\n  owner: { ref: owners }\n"},
       {"owners", "type: object\nid: text\nproperties:\n  name: { type: string }\n"}});
}

// Two that write: one whose commands are interrupted, and the engine, which does what comes between.
struct Database {
  Database() : others([this](const Catalog& catalog) { return mongo::open(server.options(), catalog, clock); }, households()) {
    others.fill({others.create("owners", "ann"), others.create("owners", "bob")});
    others.fill({others.create("cats", "tom", {{"owner", text("ann")}, {"age", testing::integer(3)}})});
  }

  Result<Written> write(const WritePlan& plan) { return writer.write(connection, plan); }

  WritePlan number(const char* owner, const char* key = nullptr) const {
    WritePlan plan = others.create("numbers", "", {{"owner", text(owner)}});
    plan.id = Value();
    if (key != nullptr) plan.idempotency = Idempotency{key, "print"};
    return plan;
  }
  std::int64_t next_number() { return others.write(number("bob"))->after->values[0].integer(); }

  // What another program does to a record's bookkeeping.
  void change_owner(const char* id, const char* change) {
    server.run("{'update': 'owners', 'updates': [{'q': {'_id': '" + std::string(id) + "'}, 'u': " + change + "}]}");
  }

  testing::MongoDatabase server;
  testing::FixedClock clock;
  testing::TestDatabase others;
  const mongo::ConnectionSettings settings{mongo::read_uri(server.options())};  // with the timeouts of a server
  mongo::Connection connection{settings};
  mongo::Writer writer{*others.catalog, clock, {}};
};

}  // namespace

TEST_CASE("mongodb: a record that is moved to another parent while its old one is removed stays", "[mongo]") {
  Database database;
  testing::TestDatabase& others = database.others;
  const Interruption moved(database.connection, "update", "cats", [&](const std::string&) {
    CHECK(others.write(others.patch("cats", "tom", {{"owner", text("bob")}})).has_value());
  });
  CHECK(database.write(others.remove("owners", "ann")).has_value());
  REQUIRE(moved.has_happened());
  CHECK_FALSE(others.has("owners", "ann"));
  REQUIRE(others.has("cats", "tom"));
  CHECK(others.find("cats", "tom")->values[1] == text("bob"));
  CHECK(others.write(others.patch("cats", "tom", {{"owner", Value(Null{})}})).has_value());
}

TEST_CASE("mongodb: a change that changes nothing waits until its record is kept, and leaves it as it is", "[mongo]") {
  Database database;
  database.server.run("{'insert': 'cats', 'documents': [{'_id': 'stray', 'age': 3}]}");
  for (const char* id : {"tom", "stray"}) {
    const std::string before = database.server.document("cats", "'" + std::string(id) + "'");
    bool is_kept = false;
    const Interruption confirmed(database.connection, "findAndModify", "cats",
                                 [&](const std::string& command) { is_kept = command.find(R"("w" : "majority")") != std::string::npos; });
    const Result<Written> written = database.write(database.others.patch("cats", id, {{"age", testing::integer(3)}}));
    REQUIRE(written.has_value());
    CHECK_FALSE(written->changed);
    CHECK(is_kept);
    CHECK(database.server.document("cats", "'" + std::string(id) + "'") == before);
  }
}

TEST_CASE("mongodb: a change that changes nothing is refused when its record goes meanwhile", "[mongo]") {
  Database database;
  testing::TestDatabase& others = database.others;
  const Interruption gone(database.connection, "findAndModify", "cats",
                          [&](const std::string&) { CHECK(others.write(others.remove("cats", "tom")).has_value()); });
  testing::refusal(database.write(others.patch("cats", "tom", {{"age", testing::integer(3)}})), Code::kNotFound);
}

TEST_CASE("mongodb: an integer id that others may have seen is never given twice", "[mongo]") {
  const char* const key = GENERATE(static_cast<const char*>(nullptr), "key");
  Database database;
  testing::TestDatabase& others = database.others;
  const Interruption gone(database.connection, "insert", "numbers",
                          [&](const std::string&) { CHECK(others.write(others.remove("owners", "ann")).has_value()); });
  testing::refusal(database.write(database.number("ann", key)), Code::kReferenceViolation);
  REQUIRE(gone.has_happened());
  CHECK(database.next_number() == 2);
}

TEST_CASE("mongodb: an integer id that a key may promise is given to nobody else", "[mongo]") {
  Database database;
  testing::make_losable(database.connection);
  {
    const Interruption lost(database.connection, "insert", "_hf_idempotency", [](const std::string&) { testing::lose_next_answer(); });
    testing::refusal(database.write(database.number("bob", "key")), Code::kOutcomeUnknown);
    REQUIRE(lost.has_happened());
  }
  CHECK(database.next_number() == 2);
  database.clock.time += 30'001;
  const Result<Written> again = database.write(database.number("bob", "key"));
  REQUIRE(again.has_value());
  CHECK(again->after->values[0] == testing::integer(1));
}

TEST_CASE("mongodb: a key whose request has left no record is free for another request when no insert can be under way", "[mongo]") {
  Database database;
  testing::make_losable(database.connection);
  {
    const Interruption lost(database.connection, "insert", "_hf_idempotency", [](const std::string&) { testing::lose_next_answer(); });
    testing::refusal(database.write(database.number("bob", "key")), Code::kOutcomeUnknown);
    REQUIRE(lost.has_happened());
  }
  WritePlan mended = database.number("ann", "key");
  mended.idempotency->fingerprint = "mended";
  REQUIRE(mongo::freed_after(database.connection) > mongo::kStaleClaim);
  database.clock.time += mongo::freed_after(database.connection);
  testing::refusal(database.write(mended), Code::kIdempotencyInProgress);
  database.clock.time += 1;
  const Result<Written> made = database.write(mended);
  REQUIRE(made.has_value());
  CHECK(made->created);
  CHECK(made->after->values[0] == testing::integer(2));
  CHECK(database.write(mended)->replayed.has_value());
  testing::refusal(database.write(database.number("bob", "key")), Code::kIdempotencyKeyReused);
}

TEST_CASE("mongodb: a key whose request has left its record, or may have changed another, is refused to another request", "[mongo]") {
  Database database;
  testing::make_losable(database.connection);
  {
    const Interruption lost(database.connection, "insert", "numbers", [](const std::string&) { testing::lose_next_answer(); });
    testing::refusal(database.write(database.number("bob", "key")), Code::kOutcomeUnknown);
    REQUIRE(lost.has_happened());
  }
  database.clock.time += 30'001;
  WritePlan mended = database.number("ann", "key");
  mended.idempotency->fingerprint = "mended";
  testing::refusal(database.write(mended), Code::kIdempotencyKeyReused);
  database.clock.time += mongo::freed_after(database.connection);
  database.server.run("{'delete': 'numbers', 'deletes': [{'q': {}, 'limit': 0}]}");
  SECTION("of a create, whose record is gone since") {
    CHECK(database.write(mended).has_value());
  }
  SECTION("of an upsert") {
    database.server.run("{'update': '_hf_idempotency', 'updates': [{'q': {'_id': 'numbers key'}, 'u': {'$set': {'upsert': true}}}]}");
    testing::refusal(database.write(mended), Code::kIdempotencyKeyReused);
  }
}

TEST_CASE("mongodb: a write of a key that is so late that others may have the key soon is not begun", "[mongo]") {
  Database database;
  const Interruption slow(database.connection, "find", "owners",
                          [&](const std::string&) { database.clock.time += mongo::kLatestInsert + 1; });
  testing::refusal(database.write(database.number("bob", "key")), Code::kOverloaded);
  REQUIRE(slow.has_happened());
  CHECK(database.others.count("numbers") == 0);
  const Result<Written> again = database.write(database.number("bob", "key"));
  REQUIRE(again.has_value());
  CHECK(again->after->values[0] == testing::integer(1));
}

TEST_CASE("mongodb: a write whose key another request has got meanwhile is not told as done", "[mongo]") {
  Database database;
  const Interruption taken(database.connection, "update", "_hf_idempotency", [&](const std::string&) {
    database.server.run("{'update': '_hf_idempotency', 'updates': [{'q': {'_id': 'numbers key'}, 'u': {'$set': {'owner': 'another'}}}]}");
  });
  testing::refusal(database.write(database.number("bob", "key")), Code::kOutcomeUnknown);
  REQUIRE(taken.has_happened());
}

TEST_CASE("mongodb: an integer id stays promised when its key cannot be freed", "[mongo]") {
  Database database;
  testing::make_losable(database.connection);
  const Interruption lost(database.connection, "delete", "_hf_idempotency", [](const std::string&) { testing::lose_next_answer(); });
  testing::refusal(database.write(database.number("nobody", "key")), Code::kReferenceViolation);
  REQUIRE(lost.has_happened());
  CHECK(database.next_number() == 2);
}

TEST_CASE("mongodb: an integer id whose record is taken away again by who takes over its key is never given twice", "[mongo]") {
  Database database;
  testing::make_losable(database.connection);
  {
    const Interruption lost(database.connection, "insert", "numbers", [](const std::string&) { testing::lose_next_answer(); });
    testing::refusal(database.write(database.number("ann", "key")), Code::kOutcomeUnknown);
    REQUIRE(lost.has_happened());
  }
  database.server.run("{'delete': 'owners', 'deletes': [{'q': {'_id': 'ann'}, 'limit': 1}]}");
  database.clock.time += 30'001;
  testing::refusal(database.write(database.number("ann", "key")), Code::kReferenceViolation);
  CHECK(database.server.document("numbers", "1").empty());
  CHECK(database.next_number() == 2);
}

TEST_CASE("mongodb: an integer id that was made for nothing is given back", "[mongo]") {
  const char* const key = GENERATE(static_cast<const char*>(nullptr), "key");
  Database database;
  testing::refusal(database.write(database.number("nobody", key)), Code::kReferenceViolation);
  CHECK(database.next_number() == 1);
}

TEST_CASE("mongodb: a removal that is decided while another would give it up goes on", "[mongo]") {
  Database database;
  testing::TestDatabase& others = database.others;
  const std::string instant = "{'$date': {'$numberLong': '" + std::to_string(database.clock.time) + "'}}";
  database.change_owner("ann",
                        "{'$set': {'_hf.deleting': {'by': 'owner', 'at': {'$date': {'$numberLong': '1'}}, 'now': {'$date': "
                        "{'$numberLong': '1'}}, 'root': 'owners', 'rootId': 'ann'}}}");
  const std::string decided = "{'$set': {'_hf.deleting.decided': true, '_hf.deleting.at': " + instant + "}}";
  const Interruption deciding(database.connection, "update", "owners",
                              [&](const std::string&) { database.change_owner("ann", decided.c_str()); });
  testing::refusal(database.write(others.patch("owners", "ann", {{"name", text("Ann")}})), Code::kNotFound);
  REQUIRE(deciding.has_happened());
  CHECK(database.server.document("owners", "'ann'").find("decided") != std::string::npos);
}

TEST_CASE("mongodb: a removal that another gives up at its end is not told as done", "[mongo]") {
  Database database;
  testing::TestDatabase& others = database.others;
  const Interruption cleared(database.connection, "delete", "owners",
                             [&](const std::string&) { database.change_owner("ann", "{'$unset': {'_hf.deleting': ''}}"); });
  testing::refusal(database.write(others.remove("owners", "ann")), Code::kOutcomeUnknown);
  REQUIRE(cleared.has_happened());
  CHECK(others.has("owners", "ann"));
}

TEST_CASE("mongodb: a removal that another finishes is done", "[mongo]") {
  Database database;
  testing::TestDatabase& others = database.others;
  const Interruption finished(database.connection, "delete", "owners", [&](const std::string&) {
    database.server.run("{'delete': 'owners', 'deletes': [{'q': {'_id': 'ann'}, 'limit': 1}]}");
  });
  CHECK(database.write(others.remove("owners", "ann")).has_value());
  REQUIRE(finished.has_happened());
}
