#include "engine/postgres/write_statement.h"

#include <catch2/catch.hpp>

#include "engine/testing/fixture.h"

using namespace holdfast;
using namespace holdfast::postgres;
using testing::text;

namespace {

Catalog tasks() {
  return testing::catalog_of({{"users", "type: object\nid: text\nproperties:\n  name: { type: string }\n"},
                              {"counters", "type: object\nid: integer\nproperties:\n  size: { type: integer }\n"},
                              {"tasks", R"(
type: object
id: text
properties:
  owner:  { ref: users, onDelete: cascade }
  parent: { ref: tasks, onDelete: setNull }
  code:   { type: string, maxLength: 20 }
  about:  { type: object, properties: { city: { type: string } } }
timestamps: true
unique: [ [owner, code] ]
)"}});
}

// One row of `_rev`, then these columns.
Answer row_of(const std::vector<std::string>& columns) {
  PGresult* raw = PQmakeEmptyPGresult(nullptr, PGRES_TUPLES_OK);
  std::vector<PGresAttDesc> descriptions(columns.size() + 1);
  for (PGresAttDesc& description : descriptions) {
    description = {};
    static char name[] = "column";
    description.name = name;
    description.format = 1;
  }
  PQsetResultAttrs(raw, static_cast<int>(descriptions.size()), descriptions.data());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    std::string bytes = columns[i];
    PQsetvalue(raw, 0, static_cast<int>(i) + 1, bytes.data(), static_cast<int>(bytes.size()));
  }
  return Answer(raw);
}

Record record_of(std::vector<Value> values, std::int64_t revision) {
  Record record;
  record.values = std::move(values);
  record.revision = revision;
  return record;
}

RemovalQuestion question_of(const Model& model, RemovalQuestion::Kind kind) {
  RemovalQuestion question;
  question.kind = kind;
  question.model = &model;
  question.any_of.push_back({1, {text("ann"), text("bob")}});
  return question;
}

const Value kNull{Null{}};

}  // namespace

TEST_CASE("postgres writes: an insert answers its id, and touches no row unless its targets are there and stay", "[engine]") {
  const Catalog catalog = tasks();
  const Model& users = *catalog.find("users");
  CHECK(insert_query(users, catalog, record_of({text("ann"), text("Ann")}, 1)).text ==
        R"(insert into "users" ("_rev", "id", "name") values ($1, $2, $3) returning "id")");
  const Model& counters = *catalog.find("counters");
  CHECK(insert_query(counters, catalog, record_of({Value(), Value(std::int64_t{3})}, 1)).text ==
        R"(insert into "counters" ("_rev", "size") values ($1, $2) returning "id")");
  const Model& model = *catalog.find("tasks");
  const Value now(std::int64_t{5});
  const Query query = insert_query(model, catalog, record_of({text("t1"), text("ann"), kNull, kNull, kNull, now, now}, 1));
  CHECK(query.text == R"(insert into "tasks" ("_rev", "id", "owner", "parent", "code", "about", "created_at", "updated_at") )"
                      R"(select $1, $2, $3, $4, $5, $6, $7, $8 )"
                      R"(where ($3 is null or exists (select 1 from "users" where "id" = $3 for key share)) )"
                      R"(and ($4 is null or $4 = $2 or exists (select 1 from "tasks" where "id" = $4 for key share)) returning "id")");
  CHECK(query.parameters.size() == 8);
}

TEST_CASE("postgres writes: an update sets what differs, and keeps what others put into an object", "[engine]") {
  const Catalog catalog = tasks();
  const Model& model = *catalog.find("tasks");
  const Value then(std::int64_t{5}), now(std::int64_t{6});
  const Value lyon(Value::Array{text("Lyon")}), nice(Value::Array{text("Nice")});
  StoredRow before{record_of({text("t1"), kNull, kNull, kNull, lyon, then, then}, 1),
                   row_of({"t1", "", "", "", "\1{\"zip\": 69000, \"city\": \"Lyon\"}"})};
  const Query query = update_query(model, catalog, before, record_of({text("t1"), text("ann"), kNull, kNull, nice, then, now}, 2));
  CHECK(query.text == R"(update "tasks" set "_rev" = $2, "owner" = $3, "about" = $4, "updated_at" = $5 where "id" = $1 )"
                      R"(and ($3 is null or exists (select 1 from "users" where "id" = $3 for key share)))");
  REQUIRE(query.parameters.size() == 5);
  CHECK(read_json(*query.parameters[3].bytes).find("69000") != std::string_view::npos);
  CHECK(read_json(*query.parameters[3].bytes).find("Nice") != std::string_view::npos);
}

TEST_CASE("postgres writes: reads of a write lock what they read", "[engine]") {
  const Catalog catalog = tasks();
  const Model& model = *catalog.find("users");
  CHECK(lock_query(model, text("ann"), false).text == R"(select "_rev", "id", "name" from "users" where "id" = $1 for no key update)");
  CHECK(lock_query(model, text("ann"), true).text == R"(select "_rev", "id", "name" from "users" where "id" = $1 for update)");
  CHECK(remove_query(model, text("ann")).text == R"(delete from "users" where "id" = $1 returning "_rev", "id", "name")");
  const Model& referring = *catalog.find("tasks");
  RemovalQuestion question = question_of(referring, RemovalQuestion::Kind::kRecords);
  question.limit = 7;
  CHECK(removal_query(question).text == R"(select "id" from "tasks" where ("owner" = any($1)) limit $2 for update)");
  question.any_of[0].field = 2;
  question.except = {text("t1")};
  CHECK(removal_query(question).text ==
        R"(select "id" from "tasks" where ("parent" = any($1)) and not "id" = any($2) limit $3 for no key update)");
  question.kind = RemovalQuestion::Kind::kCount;
  question.any_of.push_back({1, {text("ann")}});
  const Query count = removal_query(question);
  CHECK(count.text == R"(select count(*) from "tasks" where ("parent" = any($1) or "owner" = any($2)) and not "id" = any($3))");
  CHECK(count.parameters.size() == 3);
}

TEST_CASE("postgres writes: a cascade goes in sets, children first, and lets the database look at the end", "[engine]") {
  const Catalog catalog = tasks();
  RemovalWalk walk(catalog.references(), *catalog.find("users"), {text("ann")});
  RemovalAnswer found;
  found.records = {{text("t1"), 0}, {text("t2"), 0}};
  REQUIRE(walk.answer({found}).has_value());
  RemovalAnswer nulled;
  nulled.records = {{text("t3"), 0}, {text("t4"), 0}};
  REQUIRE(walk.answer({nulled}).has_value());
  const std::vector<Query> queries = removal_queries(walk, 9);
  REQUIRE(queries.size() == 4);
  CHECK(queries[0].text == "set constraints all deferred");
  CHECK(queries[1].text ==
        R"(with touched as (update "tasks" set "_rev" = "_rev" + 1, "parent" = null, "updated_at" = $2 where "id" = any($1) )"
        R"(returning 1) select 1 / (count(*) >= $3)::int from touched)");
  CHECK(queries[2].text ==
        R"(with touched as (delete from "tasks" where "id" = any($1) returning 1) select 1 / (count(*) >= $2)::int from touched)");
  CHECK(queries[3].text ==
        R"(with touched as (delete from "users" where "id" = any($1) returning 1) select 1 / (count(*) >= $2)::int from touched)");

  RemovalWalk alone(catalog.references(), *catalog.find("users"), {text("ann")});
  REQUIRE(alone.answer({RemovalAnswer()}).has_value());
  CHECK(removal_queries(alone, 9).size() == 1);
}
