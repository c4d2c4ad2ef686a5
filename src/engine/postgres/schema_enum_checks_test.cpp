// The check that Holdfast makes of an enum is known again as its own, whatever its values are, and follows the model.

#include <catch2/catch.hpp>

#include "engine/postgres/testing/prepared_schema.h"

using namespace holdfast;
using namespace holdfast::postgres;
using Catch::Contains;
using testing::Prepared;
using testing::with;

namespace {

constexpr const char* kChecks =
    "select count(*) from pg_constraint where conname = 'ck_items__e' and connamespace = current_schema()::regnamespace";

std::string insert_text(const std::string& value) {
  return "insert into items (id, name, e) values (gen_random_uuid(), 'Vis', '" + value + "')";
}

// As it is after `pg_dump --no-comments`.
void remove_comment(Prepared& db) {
  db.schema.run("comment on constraint ck_items__e on items is null");
}

}  // namespace

TEST_CASE("postgres schema: the check of an enum whose first value has a backslash follows the model", "[postgres]") {
  Prepared db;
  db.prepare(with("  e: { enum: ['a\\b', c] }\n"));
  db.schema.run(insert_text("c"));
  db.prepare(with("  e: { enum: ['a\\b', c, d] }\n"));
  db.schema.run(insert_text("d"));
  CHECK_FALSE(db.schema.failure(insert_text("e")).empty());

  db.prepare(with("  e: { type: string, maxLength: 9 }\n"));
  CHECK(db.schema.answer(kChecks) == "0");
}

TEST_CASE("postgres schema: the statement that makes an enum a number drops the enum's check, also of a backslash", "[postgres]") {
  for (const bool has_comment : {true, false}) {
    INFO(has_comment);
    Prepared db;
    db.prepare(with("  e: { enum: ['a\\b', c] }\n"));
    if (!has_comment) remove_comment(db);
    CHECK_THAT(db.refusal(with("  e: { type: integer }\n")), Contains("drop constraint \"ck_items__e\""));
  }
}

TEST_CASE("postgres schema: the check of an enum is known without its comment", "[postgres]") {
  for (const char* values : {"a", "a, b", "\"it's, [a]::text\", b", "'a\\b', b", "'', '(('"}) {
    INFO(values);
    Prepared db;
    const std::string model = with("  e: { enum: [" + std::string(values) + "] }\n");
    db.prepare(model);
    remove_comment(db);
    db.prepare(model);
    remove_comment(db);
    db.prepare(with("  e: { enum: [" + std::string(values) + ", more] }\n"));
    db.schema.run(insert_text("more"));
    remove_comment(db);
    db.prepare(with("  e: { type: string, maxLength: 30 }\n"));
    CHECK(db.schema.answer(kChecks) == "0");
  }
}

TEST_CASE("postgres schema: a check of others that only resembles an enum's is left alone", "[postgres]") {
  for (const char* condition : {"e = 'x' or k < 5", "e in ('x', 'y') and k < 5", "k in (1, 2)", "name in ('x', 'y')", "e <> 'x'",
                                "e = name", "e not in ('x', 'y')", "e = any (array['x', name])", "e = lower('x')"}) {
    INFO(condition);
    Prepared db;
    db.schema.run("create table items (id uuid primary key, name text collate \"C\" not null, e text collate \"C\", k int)");
    db.schema.run(std::string("alter table items add constraint ck_items__e check (") + condition + ")");
    CHECK_THAT(db.refusal(with("  e: { enum: [x, y] }\n")), Contains("items: the name ck_items__e is taken by a check"));
    db.prepare(with("  e: { type: string, maxLength: 9 }\n"));
    CHECK(db.schema.answer(kChecks) == "1");
  }
}
