// What a refused start advises to run: it runs, the next start goes through, and no value became another.

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <set>
#include <tuple>

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

// A column that another program made, with one value in it.
struct Foreign {
  Foreign(const std::string& type, const std::string& value) {
    db.prepare(testing::kSmall);
    db.schema.run(
        "create domain money2 as numeric(12,4); create domain fine as money2; create domain tags as text[]; "
        "create domain size as bigint; create domain moment as timestamptz; set time zone 'Europe/Paris'");
    db.schema.run("alter table items add column x " + type);
    db.schema.run("insert into items (id, name, x) values (gen_random_uuid(), 'Vis', " + value + ")");
  }

  std::string refusal(const std::string& field) { return db.refusal(with("  x: { " + field + " }\n")); }
  // As the model finds it when the statement of the refusal has been run.
  std::string kept(const std::string& field) {
    db.schema.run(statement_of(refusal(field)));
    db.prepare(with("  x: { " + field + " }\n"));
    return db.schema.answer("set time zone 'UTC'; set extra_float_digits = 1; select x::text from items");
  }
  // Because of the value: 22 is the class of such states.
  bool fails(const std::string& field) { return db.schema.failure(statement_of(refusal(field))).starts_with("22"); }

  Prepared db;
};

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
  // Where PostgreSQL would round or shorten, or no value could be read as the other.
  const std::map<std::string, std::set<std::string>> told_only = {
      {"bigint", {"date", "timestamp(3)"}},
      {"double precision", {"date", "timestamp(3)", "bigint[]"}},
      {"numeric(10,2)", {"date", "timestamp(3)", "bigint[]"}},
      {"boolean", {"date", "timestamp(3)", "bigint[]"}},
      {"date", {"bigint", "double precision", "numeric(10,2)", "boolean", "bigint[]"}},
      {"timestamp(3)", {"bigint", "double precision", "numeric(10,2)", "boolean", "date", "bigint[]"}},
      {"jsonb", {"date", "timestamp(3)", "text[]", "bigint[]"}},
      {"text[]", {"bigint", "double precision", "numeric(10,2)", "boolean", "date", "timestamp(3)"}},
      {"bigint[]", {"bigint", "double precision", "numeric(10,2)", "boolean", "date", "timestamp(3)"}}};
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
      if (const auto told = told_only.find(old_type); told != told_only.end() && told->second.contains(new_type)) {
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

TEST_CASE("postgres schema: the statement of a refusal keeps every digit of another program's values", "[postgres]") {
  const std::string integer = "type: integer", price = "type: number, decimal: [18, 2]", instant = "type: string, format: date-time";
  CHECK(Foreign("double precision", "9007199254740992").kept(integer) == "9007199254740992");
  CHECK(Foreign("double precision", "1234567890123456").kept(integer) == "1234567890123456");
  CHECK(Foreign("real", "16777216").kept(integer) == "16777216");
  CHECK(Foreign("real", "16777216").kept(price) == "16777216.00");
  CHECK(Foreign("double precision", "1234567890123.25").kept(price) == "1234567890123.25");
  CHECK(Foreign("real", "0.1").kept(price) == "0.10");
  CHECK(Foreign("double precision", "1").kept("type: boolean") == "true");
  CHECK(Foreign("bigint", "9007199254740991").kept("type: number") == "9.007199254740991e+15");
  CHECK(Foreign("jsonb", "'12'").kept(integer) == "12");
  CHECK(Foreign("smallint[]", "'{1,2}'").kept("type: [array, \"null\"], items: { type: integer }") == "{1,2}");
  CHECK(Foreign("timestamptz", "'2024-12-31 23:59:59.999Z'").kept(instant) == "2024-12-31 23:59:59.999+00");
  CHECK(Foreign("timestamp", "'2024-12-31 23:59:59.999'").kept(instant) == "2024-12-31 23:59:59.999+00");
  CHECK(Foreign("timestamptz(0)", "'2024-12-31 23:59:59Z'").kept(instant) == "2024-12-31 23:59:59+00");
  CHECK(Foreign("timestamptz", "null").kept(instant).empty());
  CHECK(Foreign("text", "'2024-12-31T23:59:59.999Z'").kept(instant) == "2024-12-31 23:59:59.999+00");
}

TEST_CASE("postgres schema: the statement of a refusal fails at a value of another program that would lose something", "[postgres]") {
  const std::string integer = "type: integer", price = "type: number, decimal: [18, 2]", instant = "type: string, format: date-time";
  CHECK(Foreign("double precision", "1234567890123.4568").fails(price));
  CHECK(Foreign("real", "0.125").fails(price));
  CHECK(Foreign("double precision", "1234567890123.5").fails(integer));
  CHECK(Foreign("double precision", "1.0000000000000002").fails("type: boolean"));
  CHECK(Foreign("jsonb", "'9007199254740993'").fails("type: number"));
  for (const char* type : {"timestamptz", "timestamp", "timestamptz(4)", "text"}) {
    INFO(type);
    CHECK(Foreign(type, "'2024-12-31 23:59:59.9999'").fails(instant));
  }
}

TEST_CASE("postgres schema: a column of a domain is converted as one of the type below it", "[postgres]") {
  const std::string price = "type: number, decimal: [10, 2]", texts = "type: [array, \"null\"], items: { type: string }";
  CHECK(Foreign("money2", "1.25").kept(price) == "1.25");
  CHECK(Foreign("fine", "1.25").kept(price) == "1.25");
  CHECK(Foreign("money2", "1.2345").fails(price));
  CHECK(Foreign("fine", "1.2345").fails(price));
  CHECK(Foreign("tags", "'{a,b}'").kept(texts) == "{a,b}");
  CHECK(Foreign("size", "7").kept("type: integer") == "7");
  CHECK_THAT(Foreign("moment", "now()").refusal("type: string, format: date"), Contains("convert the column yourself"));
}

TEST_CASE("postgres schema: where no statement could keep the values, the refusal prints none", "[postgres]") {
  const std::string texts = "type: [array, \"null\"], items: { type: string }";
  const std::vector<std::tuple<std::string, std::string, std::string>> columns = {
      {"integer", "101112", "type: string, format: date"},
      {"bigint", "1700000000", "type: string, format: date-time"},
      {"jsonb", R"('["a","b"]')", texts},
      {"text", "'1'", "type: [array, \"null\"], items: { type: number }"},
      {"money", "'5.10'", "type: number"},
      {"time", "'10:11:12'", "type: string, format: date-time"},
      {"interval", "'1 day'", "type: integer"},
      {"bytea", "'1'", "type: integer"}};
  for (const auto& [type, value, field] : columns) {
    INFO(type << " " << field);
    const std::string message = Foreign(type, value).refusal(field);
    CHECK_THAT(message, Contains("convert the column yourself"));
    CHECK_THAT(message, !Contains("run: "));
  }
}

TEST_CASE("postgres schema: columns that a foreign key joins are converted in either order", "[postgres]") {
  const auto catalog = [] {
    return testing::catalog_of(
        {{"users", "id: uuid\n" + std::string(testing::kSmall)}, {"orders", "type: object\nproperties:\n  user: { ref: users }\n"}});
  };
  for (const bool is_reversed : {false, true}) {
    INFO(is_reversed);
    Prepared db;
    db.schema.run(R"(create table users (id varchar(36) primary key, name text collate "C" not null);
                     create table orders (id uuid primary key, "user" varchar(36) references users (id));
                     insert into users values ('00000000-0000-7000-8000-000000000001', 'Vis');
                     insert into orders values (gen_random_uuid(), '00000000-0000-7000-8000-000000000001'))");
    std::string message;
    try {
      db.prepare(catalog());
    } catch (const StartupError& error) {
      message = error.what();
    }
    std::vector<std::string> statements;
    for (std::size_t at = message.find("run: "); at != message.npos; at = message.find("run: ", at + 1)) {
      statements.push_back(message.substr(at + 5, message.find(".\n", at) - at - 5));
    }
    REQUIRE(statements.size() == 2);
    statements[1].pop_back();  // the last full stop
    if (is_reversed) std::ranges::reverse(statements);
    for (const std::string& statement : statements) db.schema.run(statement);
    db.prepare(catalog());
    CHECK(db.schema.answer("select count(*) from orders join users on users.id = orders.\"user\"") == "1");
    CHECK(db.schema.answer("select count(*) from pg_constraint where contype = 'f' and connamespace = current_schema()::regnamespace") ==
          "1");
  }
}

TEST_CASE("postgres schema: a foreign key between columns that become wider stays", "[postgres]") {
  Prepared db;
  db.prepare(testing::kSmall);
  db.schema.run("alter table items add column x int unique, add column other int references items (x)");
  CHECK_THAT(db.refusal(with("  x: { type: integer, unique: true }\n")), !Contains("drop constraint"));
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

TEST_CASE("postgres schema: the refusal of what is to be renamed says nothing else of its column", "[postgres]") {
  Prepared db;
  db.prepare("type: object\nrequired: [code]\nproperties:\n  code: { type: string, maxLength: 9, unique: true }\n");
  db.schema.run("insert into items (id, code) values (gen_random_uuid(), 'a'), (gen_random_uuid(), 'b')");
  const std::string model = "type: object\nproperties:\n  sku: { type: string, maxLength: 9, default: '', unique: true, was: code }\n";
  const std::string message = db.refusal(model);
  CHECK_THAT(message, !Contains("cannot be unique") && !Contains("drop index") && !Contains("is not in the model"));
  const std::size_t start = message.find("run: ") + 5;
  db.schema.run(message.substr(start, message.find("; or take") - start));
  db.prepare(model);
  CHECK(db.schema.answer("select string_agg(sku, ',' order by sku) from items") == "a,b");
}
