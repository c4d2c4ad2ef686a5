// Columns of native enum types, which other programs have made.

#include <catch2/catch.hpp>
#include <optional>

#include "base/error.h"
#include "engine/postgres/scan.h"
#include "engine/postgres/testing/schema.h"
#include "engine/testing/client.h"
#include "engine/testing/fixture.h"

using namespace holdfast;
using Catch::Contains;

namespace {

// By code point: a < b < it's.
constexpr const char* kThings = R"(
type: object
id: text
properties:
  mood:  { enum: [b, a, "it's"] }
  level: { enum: [low, high], default: low }
  size:  { type: integer }
unique: [ [mood, size] ]
indexes: [ [mood], [level, size] ]
)";

struct Shared {
  Shared() {
    schema.run(R"(create type moods as enum ('it''s', 'b', 'gone', 'a'); create type "Levels" as enum ('low', 'high');
      create table things (id text collate "C" primary key, _rev bigint not null default 0, mood moods, level "Levels" not null, size bigint))");
  }

  testing::Client& client() {
    if (!opened) {
      opened.emplace([this](const Catalog& catalog) { return postgres::open(schema.options(), catalog, clock); },
                     testing::catalog_of({{"things", kThings}}));
    }
    return *opened;
  }

  std::string refusal() {
    try {
      client();
    } catch (const StartupError& error) {
      CHECK(error.exit_status() == kExitConfiguration);
      return error.what();
    }
    return {};
  }

  testing::TestSchema schema;
  testing::FixedClock clock;
  std::optional<testing::Client> opened;
};

}  // namespace

TEST_CASE("postgres enums: fields of native enum types are written and read", "[postgres]") {
  Shared db;
  testing::Client& client = db.client();
  CHECK(client.post("things", "1", {{"mood", R"("it's")"}, {"size", "1"}}).has_value());
  CHECK_THAT(client.json("things", "1"), Contains(R"("mood":"it's","level":"low","size":1)"));
  CHECK(client.patch("things", "1", {{"mood", "\"a\""}, {"level", "\"high\""}}).has_value());
  CHECK(db.schema.answer("select mood || ' ' || level from things") == "a high");
  CHECK(client.patch("things", "1", {{"mood", "null"}}).has_value());
  CHECK(db.schema.answer("select count(*) from things where mood is null") == "1");
  CHECK(client.remove("things", "1").has_value());
}

TEST_CASE("postgres enums: a label that the model lacks is served as it is", "[postgres]") {
  Shared db;
  testing::Client& client = db.client();
  db.schema.run("insert into things values ('1', 0, 'gone', 'low')");
  CHECK_THAT(client.json("things", "1"), Contains(R"("mood":"gone")"));
  CHECK(client.patch("things", "1", {{"size", "2"}}).has_value());
  CHECK(client.walk("things", "mood[ne]=a") == "1");
  const auto found = postgres::scan(db.schema.options(), client.catalog(), [](const Model&, std::int64_t, std::int64_t) {});
  CHECK(found.at(0).misfits == 0);
}

TEST_CASE("postgres enums: filters, orders and pages take labels as texts", "[postgres]") {
  Shared db;
  testing::Client& client = db.client();
  db.schema.run(
      "insert into things values ('1', 0, 'it''s', 'low', 1), ('2', 0, 'b', 'high', 2), ('3', 0, 'a', 'low', 3), ('4', 0, null, 'high', "
      "4), "
      "('5', 0, 'b', 'low', 5)");
  CHECK(client.walk("things", "sortBy=mood&sortOrder=asc&limit=1") == "4 3 2 5 1");
  CHECK(client.walk("things", "sortBy=mood&sortOrder=desc&limit=1") == "1 5 2 3 4");
  CHECK(client.walk("things", "sortBy=level,-mood&limit=2") == "2 4 1 5 3");
  const auto found = [&](const std::string& filter) { return client.walk("things", filter + "&sortBy=id&sortOrder=asc"); };
  CHECK(found("mood=b") == "2 5");
  CHECK(found("mood[ne]=b") == "1 3 4");
  CHECK(found("mood[in]=a,it's") == "1 3");
  CHECK(found("mood[nin]=a,b") == "1 4");
  CHECK(found("mood[null]=true") == "4");
  CHECK(found("filter=mood = 'b' and (level = 'low' or mood is null)") == "5");
  CHECK(client.count("things", "level=high") == 2);
}

TEST_CASE("postgres enums: a unique key holds, and finds the record of an upsert", "[postgres]") {
  Shared db;
  testing::Client& client = db.client();
  CHECK(client.post("things", "1", {{"mood", "\"a\""}, {"size", "1"}}).has_value());
  const Result<Written> clash = client.post("things", "2", {{"mood", "\"a\""}, {"size", "1"}});
  REQUIRE_FALSE(clash.has_value());
  CHECK(clash.error().code == Code::kUniqueViolation);
  testing::Step upsert;
  upsert.kind = testing::Step::Kind::kCreate;
  upsert.collection = "things";
  upsert.members = {{"id", "\"1\""}, {"mood", "\"a\""}, {"size", "1"}, {"level", "\"high\""}};
  upsert.parameters.push_back({"onConflict", "mood,size"});
  CHECK(client.write(upsert).has_value());
  CHECK_THAT(client.json("things", "1"), Contains(R"("level":"high")"));
  CHECK(client.count("things") == 1);
}

TEST_CASE("postgres enums: a second start finds what the first has made", "[postgres]") {
  Shared db;
  db.client();
  const char* indexes = "select string_agg(indexname, ' ' order by indexname) from pg_indexes where tablename = 'things'";
  CHECK(db.schema.answer(indexes) == "things_pkey uq_things__mood__size");
  db.opened.reset();
  db.client();
  CHECK(db.schema.answer(indexes) == "things_pkey uq_things__mood__size");
}

TEST_CASE("postgres enums: a record that refers to another is made, too", "[postgres]") {
  Shared db;
  db.schema.run(
      "create table owned (id text collate \"C\" primary key, _rev bigint not null default 0, mood moods, thing text collate \"C\")");
  testing::Client client{
      [&](const Catalog& catalog) { return postgres::open(db.schema.options(), catalog, db.clock); },
      testing::catalog_of(
          {{"things", kThings}, {"owned", "type: object\nid: text\nproperties: { mood: { enum: [a] }, thing: { ref: things } }\n"}})};
  CHECK(client.post("things", "1").has_value());
  CHECK(client.post("owned", "1", {{"mood", "\"a\""}, {"thing", "\"1\""}}).has_value());
  CHECK_THAT(client.json("owned", "1"), Contains(R"("mood":"a")"));
}

TEST_CASE("postgres enums: values that the type lacks are told at the start, with what adds them", "[postgres]") {
  Shared db;
  db.schema.run(
      "drop table things; drop type moods; create type moods as enum ('a'); create table things (id text collate \"C\" primary key, "
      "_rev bigint not null default 0, mood moods, level \"Levels\" not null, size bigint)");
  CHECK_THAT(db.refusal(),
             Contains("things: the column mood is of the enum moods, which lacks 'b', 'it''s'; take that out of the model, or "
                      "run: alter type moods add value 'b'; alter type moods add value 'it''s'"));
  db.schema.run("alter type moods add value 'b'");
  db.schema.run("alter type moods add value 'it''s'");
  CHECK(db.refusal().empty());
}
