// What a refused start advises to run: it runs, the next start goes through, and no value became another.

#include <catch2/catch.hpp>
#include <set>

#include "engine/postgres/testing/prepared_schema.h"

using namespace holdfast;
using namespace holdfast::postgres;
using Catch::Contains;
using testing::Prepared;
using testing::with;

namespace {

// What a refusal advises to run: the last of its words, but for the full stop.
std::string statement_of(const std::string& message) {
  const std::size_t statement = message.find("run: ") + 5;
  return message.substr(statement, message.size() - statement - 1);
}

}  // namespace

TEST_CASE("postgres schema: a column of another type is served when the statement of the refusal has been run", "[postgres]") {
  const std::vector<std::pair<std::string, std::string>> types = {
      {"text", "type: string"},
      {"text", "enum: [a, b], default: a"},
      {"bigint", "type: integer, default: 1"},
      {"double precision", "type: number"},
      {"numeric(10,2)", "type: number, decimal: [10, 2], default: 1"},
      {"boolean", "type: boolean, default: true"},
      {"date", "type: string, format: date"},
      {"timestamp(3)", "type: string, format: date-time"},
      {"jsonb", "type: object, properties: { a: { type: integer } }"},
      {"jsonb", "type: object, additionalProperties: true"},
      {"text[]", "type: array, items: { type: string }"},
      {"bigint[]", "type: array, items: { type: integer }"},
      {"jsonb", "type: array, items: { type: object, properties: { a: { type: integer } } }"},
  };
  const std::set<std::pair<std::string, std::string>> told_only = {
      {"timestamp(3)", "date"}, {"double precision", "bigint[]"}, {"numeric(10,2)", "bigint[]"}};
  for (const auto& [old_type, old_field] : types) {
    for (const auto& [new_type, new_field] : types) {
      INFO(old_field << " becomes " << new_field);
      const auto model = [](const std::string& field) {
        const std::string required = field.find("default") == field.npos && field.find("array") == field.npos ? "required: [x]\n" : "";
        return "type: object\n" + required + "properties:\n  x: { " + field + " }\n";
      };
      Prepared db;
      db.prepare(model(old_field));
      if (old_type == new_type) {
        db.prepare(model(new_field));
        continue;
      }
      const std::string message = db.refusal(model(new_field));
      if (told_only.contains({old_type, new_type})) {
        CHECK_THAT(message, Contains("convert the column yourself"));
        continue;
      }
      db.schema.run(statement_of(message));
      db.prepare(model(new_field));
    }
  }
}

TEST_CASE("postgres schema: the statement of a refusal keeps the values where they can be kept", "[postgres]") {
  const auto kept = [](const std::string& old_field, const std::string& value, const std::string& new_field) {
    Prepared db;
    db.prepare(with("  x: { " + old_field + " }\n"));
    db.schema.run("insert into items (id, name, x) values (gen_random_uuid(), 'Vis', " + value + ")");
    db.schema.run("set time zone 'Europe/Paris'; " + statement_of(db.refusal(with("  x: { " + new_field + " }\n"))));
    db.prepare(with("  x: { " + new_field + " }\n"));
    db.schema.run("set time zone 'UTC'");
    return db.schema.answer("select x::text from items");
  };
  CHECK(kept("type: string", "'12'", "type: integer") == "12");
  CHECK(kept("type: string", "'yes'", "type: boolean") == "true");
  CHECK(kept("type: string", "'2026-01-02'", "type: string, format: date") == "2026-01-02");
  CHECK(kept("type: integer", "12", "type: number") == "12");
  CHECK(kept("type: integer", "12", "type: string") == "12");
  CHECK(kept("type: integer", "1", "type: boolean") == "true");
  CHECK(kept("type: number, decimal: [10, 2]", "0", "type: boolean") == "false");
  CHECK(kept("type: number", "12", "type: integer") == "12");
  CHECK(kept("type: number", "0.5", "type: number, decimal: [10, 2]") == "0.50");
  CHECK(kept("type: number, decimal: [10, 2]", "1.50", "type: number, decimal: [10, 1]") == "1.5");
  CHECK(kept("type: number, decimal: [10, 2]", "0.1", "type: number") == "0.1");
  CHECK(kept("type: string, format: date", "'2026-01-02'", "type: string, format: date-time") == "2026-01-02 00:00:00+00");
  CHECK(kept("type: boolean", "true", "type: integer") == "1");
  CHECK(kept("type: string", "'a,b'", "type: [array, \"null\"], items: { type: string }") == "{\"a,b\"}");
  CHECK(kept("type: string", "'{\"a\": 1}'", "type: object, additionalProperties: true") == "{\"a\": 1}");
}

TEST_CASE("postgres schema: the statement of a refusal fails rather than change a value", "[postgres]") {
  const auto fails = [](const std::string& old_field, const std::string& value, const std::string& new_field) {
    Prepared db;
    db.prepare(with("  x: { " + old_field + " }\n"));
    db.schema.run("insert into items (id, name, x) values (gen_random_uuid(), 'Vis', " + value + ")");
    return !db.schema.failure(statement_of(db.refusal(with("  x: { " + new_field + " }\n")))).empty();
  };
  CHECK(fails("type: number", "1.7", "type: integer"));
  CHECK(fails("type: number, decimal: [10, 2]", "1.25", "type: integer"));
  CHECK(fails("type: number, decimal: [10, 2]", "1.25", "type: number, decimal: [10, 1]"));
  CHECK(fails("type: number", "1.255", "type: number, decimal: [10, 2]"));
  CHECK(fails("type: string", "'1.25'", "type: number, decimal: [10, 1]"));
  CHECK(fails("type: integer", "9007199254740993", "type: number"));
  CHECK(fails("type: integer", "2", "type: boolean"));
}

TEST_CASE("postgres schema: a column that is generated from others is refused, also for a field that nobody writes", "[postgres]") {
  Prepared db;
  db.prepare(testing::kSmall);
  db.schema.run("alter table items add column size bigint generated always as (length(name)) stored");
  db.prepare(testing::kSmall);
  for (const char* field : {"  size: { type: integer }\n", "  size: { type: integer, readOnly: true }\n"}) {
    CHECK_THAT(db.refusal(with(field)), Contains("items: the column size is generated from other columns and takes no value of its own"));
  }
  db.schema.run("alter table \"items\" alter column \"size\" drop expression");
  db.prepare(with("  size: { type: integer }\n"));
}

TEST_CASE("postgres schema: a field or a collection that was another is refused until it has been renamed", "[postgres]") {
  Prepared db;
  const auto renamed = [&](const std::string& message, const std::string& statements) {
    CHECK_THAT(message,
               Contains("is there under the name that `was` says, and this version does not rename; run: " + statements + "; or take"));
    db.schema.run(statements);
  };
  db.prepare(with("  oldState: { enum: [a, b] }\n"));
  db.schema.run("insert into items (id, name, old_state) values (gen_random_uuid(), 'Vis', 'b')");
  const std::string state = with("  state: { enum: [a, b], was: oldState }\n");
  renamed(db.refusal(state), R"(alter table "items" rename column "old_state" to "state"; )"
                             R"(alter table "items" rename constraint "ck_items__old_state" to "ck_items__state")");
  db.prepare(state);
  db.prepare(with("  state: { enum: [a, b, c], was: oldState }\n"));
  db.schema.run("insert into items (id, name, state) values (gen_random_uuid(), 'Vis', 'c')");

  const auto prepare = [&](const std::string& values) {
    return db.prepare(testing::catalog_of({{"goods", "was: items\n" + with("  state: { enum: [" + values + "] }\n")}}));
  };
  std::string message;
  try {
    prepare("a, b, c");
  } catch (const StartupError& error) {
    message = error.what();
  }
  renamed(message,
          R"(alter table "items" rename to "goods"; alter table "goods" rename constraint "ck_items__state" to "ck_goods__state")");
  prepare("a, b, c, d");
  db.schema.run("insert into goods (id, name, state) values (gen_random_uuid(), 'Vis', 'd')");
  CHECK(db.schema.answer("select count(*) from goods") == "3");
}

TEST_CASE("postgres schema: what is renamed takes its indexes along", "[postgres]") {
  Prepared db;
  const std::string fields = with(
      "  size: { type: integer, unique: true }\n  tags: { type: array, items: { type: string, maxLength: 20 } }\nindexes: [ [-size], "
      "[tags] ]\n");
  const auto prepare = [&](const std::string& name, const std::string& was) {
    return db.prepare(testing::catalog_of({{name, was + fields}}));
  };
  prepare("old-goods", "");
  const std::string before = db.schema.answer("select count(*) from pg_indexes where schemaname = current_schema()");
  std::string message;
  try {
    prepare("wares", "was: old-goods\n");
  } catch (const StartupError& error) {
    message = error.what();
  }
  const std::size_t start = message.find("run: ") + 5;
  db.schema.run(message.substr(start, message.find("; or take") - start));
  prepare("wares", "was: old-goods\n");
  CHECK(db.schema.answer("select count(*) from pg_indexes where schemaname = current_schema()") == before);
}
