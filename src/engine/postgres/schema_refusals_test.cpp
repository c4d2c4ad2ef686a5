// Tables of others that would not be served right: they are refused with what to do, and what is printed runs.

#include <catch2/catch.hpp>

#include "engine/postgres/testing/prepared_schema.h"

using namespace holdfast;
using namespace holdfast::postgres;
using Catch::Contains;
using testing::Prepared;
using testing::with;

namespace {

// Two collections, prepared as by one start after the other.
struct Pair {
  Prepared db;
  Catalog catalog;

  Pair(const std::string& users, const std::string& orders) : catalog(testing::catalog_of({{"users", users}, {"orders", orders}})) {}

  void prepare() { db.prepare(catalog); }
  std::string refusal() {
    try {
      db.prepare(catalog);
    } catch (const StartupError& error) {
      CHECK(error.exit_status() == kExitConfiguration);
      return error.what();
    }
    FAIL("nothing was refused");
    return {};
  }
};

constexpr const char* kReferring = "type: object\nproperties:\n  user: { ref: users }\n";

// What a refusal advises to run: the last of its words, but for the full stop.
std::string statement_of(const std::string& message) {
  const std::size_t statement = message.rfind("run: ") + 5;
  return message.substr(statement, message.size() - statement - 1);
}

}  // namespace

TEST_CASE("postgres schema: a foreign key of several columns that changes records by itself is refused", "[postgres]") {
  const std::string fields = "type: object\nproperties:\n  x: { type: integer }\n  y: { type: integer }\n";
  Pair pair(fields + "unique: [ [x, y] ]\n", fields);
  pair.prepare();
  for (const char* action :
       {"on delete cascade", "on update cascade", "on delete set null", "on delete set default", "on delete restrict"}) {
    INFO(action);
    pair.db.schema.run(std::string("alter table orders add constraint both_of foreign key (x, y) references users (x, y) ") + action);
    const std::string message = pair.refusal();
    CHECK_THAT(message, Contains("orders: the foreign key both_of on x, y changes, removes or refuses records by itself when \"users\""));
    pair.db.schema.run(statement_of(message));
    pair.prepare();
  }
  pair.db.schema.run("alter table orders add foreign key (x, y) references users (x, y)");  // does nothing by itself
  pair.prepare();
}

TEST_CASE("postgres schema: a foreign key of others that would remove records with those of the model is refused", "[postgres]") {
  Pair pair(testing::kSmall, testing::kSmall);
  pair.prepare();
  pair.db.schema.run("alter table orders add column buyer uuid constraint buyers references users on delete cascade");
  const std::string message = pair.refusal();
  CHECK_THAT(message, Contains("orders: the foreign key buyers on buyer changes, removes or refuses records by itself"));
  pair.db.schema.run(statement_of(message));
  pair.db.schema.run("alter table orders add foreign key (buyer) references users on delete set null");  // a column of others
  pair.prepare();
}

TEST_CASE("postgres schema: a foreign key to another column than the id is no reference", "[postgres]") {
  Pair pair("id: integer\ntype: object\nproperties:\n  old: { type: integer, unique: true }\n", kReferring);
  pair.prepare();
  pair.db.schema.run(
      "alter table orders drop constraint fk_orders__user, add constraint mine foreign key (\"user\") references users (old)");
  CHECK_THAT(pair.refusal(),
             Contains("orders: the column user has a foreign key to the column old of \"users\", but a reference holds what "
                      "is in id; run: alter table \"orders\" drop constraint \"mine\";"));
  pair.db.schema.run("alter table \"orders\" drop constraint \"mine\"");
  pair.prepare();
}

TEST_CASE("postgres schema: a reference to a partitioned table, and one from it, are served at every start", "[postgres]") {
  const auto partition = [](Prepared& db, const std::string& table, const std::string& columns) {
    db.schema.run("create table " + table + " (id uuid primary key, " + columns + ") partition by hash (id)");
    for (const char* rest : {"0", "1"}) {
      db.schema.run("create table " + table + rest + " partition of " + table + " for values with (modulus 2, remainder " + rest + ")");
    }
  };
  Pair pair(testing::kSmall, kReferring);
  partition(pair.db, "users", "name text collate \"C\" not null");
  partition(pair.db, "orders", "\"user\" uuid");
  pair.prepare();
  const std::string before = pair.db.everything();
  pair.prepare();
  CHECK(pair.db.everything() == before);
}

TEST_CASE("postgres schema: a reference into another schema is known again", "[postgres]") {
  Prepared db;
  const std::string shop = db.schema.name() + "_shop";
  db.schema.run("create schema " + shop);
  const Catalog catalog = testing::catalog_of({{"users", testing::kSmall}, {"orders", "schema: " + shop + "\n" + kReferring}});
  db.prepare(catalog);
  db.prepare(catalog);
  db.schema.run("drop schema " + shop + " cascade");
}

TEST_CASE("postgres schema: a table that others inherit from is refused", "[postgres]") {
  Prepared db;
  db.prepare(testing::kSmall);
  db.schema.run("create table archived (why text) inherits (items)");
  CHECK_THAT(db.refusal(testing::kSmall), Contains("items: other tables inherit from it, so that one id may be several records") &&
                                              Contains("alter table … no inherit \"items\""));
  db.schema.run("alter table archived no inherit \"items\"");
  db.prepare(testing::kSmall);
}

TEST_CASE("postgres schema: an unlogged table, and an unlogged partition, are refused", "[postgres]") {
  Prepared db;
  db.schema.run("create unlogged table items (id uuid primary key, name text collate \"C\" not null)");
  const std::string message = db.refusal(testing::kSmall);
  CHECK_THAT(message, Contains("items is unlogged, so that PostgreSQL empties it after a crash; run: alter table "));
  db.schema.run(statement_of(message));
  db.prepare(testing::kSmall);
  db.schema.run(
      "drop table items; create table items (id uuid primary key, name text collate \"C\" not null) partition by hash (id); "
      "create unlogged table \"Part\" partition of items for values with (modulus 1, remainder 0)");
  const std::string partition = db.refusal(testing::kSmall);
  CHECK_THAT(partition, Contains(".\"Part\" is unlogged"));
  db.schema.run(statement_of(partition));
  db.prepare(testing::kSmall);
}

TEST_CASE("postgres schema: an id that may be null, or is missing, or not unique, is refused with what mends it", "[postgres]") {
  const auto mended = [](const std::string& columns, const std::string& words, const std::string& kind = "") {
    Prepared db;
    db.schema.run("create table items (" + columns + " name text collate \"C\" not null)");
    db.schema.run("insert into items (name) select 'Vis' from generate_series(1, 2) where '" + columns + "' !~ '^id'");
    const std::string message = db.refusal(kind + testing::kSmall);
    CHECK_THAT(message, Contains(words));
    db.schema.run(statement_of(message));
    db.prepare(kind + testing::kSmall);
  };
  mended("id uuid unique,", "items: the column id may be null, and a record without an id cannot be reached");
  mended("", "items: the column id is missing; call the column of the ids so, or run: alter table \"items\" add column \"id\" uuid");
  mended("", "items: the column id is missing; call the column of the ids so, or run: alter table \"items\" add column", "id: integer\n");

  Prepared db;
  db.schema.run("create table items (id uuid not null, number serial primary key, name text collate \"C\" not null)");
  CHECK_THAT(db.refusal(testing::kSmall), Contains("run: alter table \"items\" add unique (\"id\")"));
  db.schema.run("drop table items");
  db.schema.run(
      "create table items (id text collate \"C\", part int, name text collate \"C\" not null, primary key (id, part)) partition by list "
      "(part)");
  CHECK_THAT(db.refusal(std::string("id: text\n") + testing::kSmall),
             Contains("items: the column id is not unique, and over partitions by LIST (part) PostgreSQL cannot keep it so"));
}

TEST_CASE("postgres schema: a field's column that PostgreSQL always numbers is refused", "[postgres]") {
  Prepared db;
  db.prepare("id: integer\n" + std::string(testing::kSmall));
  db.schema.run("alter table items alter column id set generated always, add column n bigint generated always as identity");
  const std::string model =
      "id: integer\ntype: object\nrequired: [name, n]\nproperties:\n  name: { type: string, maxLength: 50 }\n"
      "  n: { type: integer }\n";
  const std::string message = db.refusal(model);
  CHECK_THAT(message, Contains("items: the column n is always numbered by PostgreSQL and takes no value of its own") &&
                          !Contains("the column id"));  // ids are its to give
  db.schema.run(statement_of(message));
  db.prepare(model);
}

TEST_CASE("postgres schema: a column _rev of others is refused with what mends it", "[postgres]") {
  for (const char* column : {"_rev text", "_rev bigint"}) {
    Prepared db;
    db.schema.run(std::string("create table items (id uuid primary key, name text collate \"C\" not null, ") + column + ")");
    db.schema.run("insert into items values (gen_random_uuid(), 'Vis', null)");
    const std::string message = db.refusal(testing::kSmall);
    CHECK_THAT(message, Contains("items: the column _rev") && Contains("holdfast counts the changes of a record"));
    db.schema.run(statement_of(message));
    db.prepare(testing::kSmall);
  }
}

TEST_CASE("postgres schema: timestamps that come to records are refused with the columns that mend it", "[postgres]") {
  Prepared db;
  db.prepare(testing::kSmall);
  db.schema.run("insert into items (id, name) values (gen_random_uuid(), 'Vis')");
  const std::string message = db.refusal(with("timestamps: true\n"));
  for (const std::string column : {"created_at", "updated_at"}) {
    const std::string statement = "alter table \"items\" add column \"" + column + "\" timestamp(3) with time zone not null default now()";
    CHECK_THAT(message, Contains("take `timestamps` out of the model, or run: " + statement));
    db.schema.run(statement);
  }
  db.prepare(with("timestamps: true\n"));
}
