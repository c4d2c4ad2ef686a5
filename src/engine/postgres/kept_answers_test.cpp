// What an Idempotency-Key keeps on a server that others use too.

#include <catch2/catch.hpp>

#include "engine/postgres/connection.h"
#include "engine/postgres/kept_answers.h"
#include "engine/postgres/testing/schema.h"
#include "engine/testing/database.h"
#include "engine/testing/servers.h"

using namespace holdfast;
using namespace holdfast::testing;

namespace {

Catalog notes() {
  return catalog_of({{"notes", "type: object\nid: text\nproperties:\n  text: { type: string, maxLength: 20, unique: true }\n"},
                     {"numbers", "type: object\nid: integer\nproperties:\n  size: { type: integer }\n"}});
}

struct Opened : TestSchema, TestDatabase {
  Opened() : TestDatabase([this](const Catalog& models) { return postgres::open(options(), models, shared_clock); }, notes()) {}
  ~Opened() { close(); }

  std::string kept() { return TestSchema::answer("select count(*) from _hf_idempotency"); }

  static inline const FixedClock shared_clock;
};

WritePlan keyed(WritePlan plan, const std::string& key, const std::string& fingerprint = "print") {
  plan.idempotency = Idempotency{key, fingerprint};
  return plan;
}

}  // namespace

TEST_CASE("postgres idempotency: a made id is kept as in a URL, a fingerprint is any bytes", "[postgres]") {
  Opened db;
  const WritePlan plan = keyed(create_plan(db.model("numbers"), Value(), {}), "k1", std::string("f\0\xFF", 3));
  CHECK(db.write(plan)->after->values[0] == integer(1));
  CHECK(db.write(plan)->replayed->id == "1");
  WritePlan other = plan;
  other.idempotency->fingerprint[2] = '\xFE';
  refusal(db.write(other), Code::kIdempotencyKeyReused);
  CHECK(db.count("numbers") == 1);
}

TEST_CASE("postgres idempotency: a key that another server runs is in progress", "[postgres]") {
  Opened db;
  const std::string lock = "pg_try_advisory_lock(hashtextextended('holdfast ' || current_schema() || ' notes k1', 0))";
  REQUIRE(db.answer("select " + lock) == "t");
  refusal(db.write(keyed(db.create("notes", "n1"), "k1")), Code::kIdempotencyInProgress);
  CHECK(db.write(keyed(db.create("notes", "n2"), "k2"))->created);
  CHECK(db.answer("select pg_advisory_unlock_all()").empty());
  CHECK(db.write(keyed(db.create("notes", "n1"), "k1"))->created);
}

TEST_CASE("postgres idempotency: a write that is refused keeps no key", "[postgres]") {
  Opened db;
  db.fill({db.create("notes", "n1", {{"text", text("taken")}})});
  refusal(db.write(keyed(db.create("notes", "n2", {{"text", text("taken")}}), "k1")), Code::kUniqueViolation);
  CHECK(db.kept() == "0");
  CHECK(db.write(keyed(db.create("notes", "n2"), "k1", "another"))->created);
  CHECK(db.kept() == "1");
}

TEST_CASE("postgres idempotency: a key of 24 hours ago is a new one, and old ones go a few at a time", "[postgres]") {
  Opened db;
  const auto write = [&](const std::string& id, const std::string& key) {
    WritePlan plan = keyed(db.create("notes", id), key);
    plan.now = db.clock.time;
    return db.write(std::move(plan));
  };
  for (int i = 0; i < 5; ++i) REQUIRE(write("old" + std::to_string(i), "old" + std::to_string(i))->created);
  db.clock.time += kIdempotencyLife - 1;
  CHECK(write("old0", "old0")->replayed.has_value());
  CHECK(db.kept() == "5");
  db.clock.time += 1;
  CHECK(write("new0", "old0")->created);
  CHECK(db.kept() == "3");
  CHECK(write("new1", "new1")->created);
  CHECK(write("new2", "new2")->created);
  CHECK(db.kept() == "3");
  CHECK(write("new0", "old0")->replayed.has_value());
}

TEST_CASE("postgres idempotency: the oldest keys are found without looking at the others", "[postgres]") {
  Opened db;
  db.run(
      "insert into _hf_idempotency (collection, key, fingerprint, created, status, id, rev, json) "
      "select 'notes', 'k' || n, '', n, 200, 'n', 1, '{}' from generate_series(1, 20000) n; analyze _hf_idempotency");
  postgres::DirectSession session{postgres::ConnectionHandle(PQconnectdb(require_server("HOLDFAST_TEST_DATABASE_URL").c_str()))};
  REQUIRE(session.run_text("set search_path = " + db.name()).has_value());
  WritePlan plan = keyed(db.create("notes", "n1"), "k1");
  plan.now = kIdempotencyLife + 10;
  const Result<Written> written = db.write(db.create("notes", "n1"));
  postgres::Query let_go = postgres::keep_queries(plan, *written).back();
  let_go.text = "explain (costs off) " + let_go.text;
  const auto answer = session.run(let_go);
  if (!answer) FAIL(answer.error().message);
  std::string told;
  for (int row = 0; row < answer->rows(); ++row) told.append(answer->bytes(row, 0)).append("\n");
  CHECK_THAT(told, Catch::Contains("Index Scan using _hf_idempotency_created"));
  CHECK_THAT(told, !Catch::Contains("Seq Scan"));
}
