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
