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
  const std::string message = db.refusal(testing::kSmall);
  CHECK_THAT(message, Contains("archived inherits from it, so that one id may be several records, which change together; what ") &&
                          Contains(" is no longer in the collection when it inherits no more: move what belongs there first, then run: "));
  db.schema.run(statement_of(message));
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

TEST_CASE("postgres schema: a column _rev that is too small counts on in a larger one", "[postgres]") {
  for (const char* type : {"integer", "smallint"}) {
    INFO(type);
    Prepared db;
    db.prepare(testing::kSmall);
    db.schema.run(std::string("alter table items alter column _rev type ") + type);
    db.schema.run("insert into items (id, name, _rev) values (gen_random_uuid(), 'Vis', 7)");
    const std::string message = db.refusal(testing::kSmall);
    db.schema.run(statement_of(message));
    db.prepare(testing::kSmall);
    CHECK(db.schema.answer("select _rev from items") == "7");
  }
}

TEST_CASE("postgres schema: a column _rev of others that must have a value is refused once", "[postgres]") {
  Prepared db;
  db.schema.run("create table items (id uuid primary key, name text collate \"C\" not null, _rev text not null)");
  db.schema.run("insert into items values (gen_random_uuid(), 'Vis', 'x')");
  db.schema.run(statement_of(db.refusal(testing::kSmall)));
  db.prepare(testing::kSmall);
  CHECK(db.schema.answer("select _rev_of_others from items") == "x");
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

TEST_CASE("postgres schema: an index or a constraint that stands in the way is refused with what drops it and nothing else", "[postgres]") {
  Prepared db;
  const std::string shop = db.schema.name() + "_Shop";
  const std::string model = "schema: " + shop + "\n" + testing::kSmall;
  db.schema.run("create schema \"" + shop + "\"");
  db.prepare(model);
  const std::string table = "\"" + shop + "\".items";
  for (const std::string& made :
       {"create unique index mine on " + table + " (name)", "alter table " + table + " add constraint mine unique (name)"}) {
    db.schema.run(made);
    db.schema.run("create table if not exists precious (a int); create unique index if not exists mine on precious (a)");
    const std::string message = db.refusal(model);
    CHECK_THAT(message, Contains("items: name must be unique by the index mine, which the model does not say; declare the key, or run: "));
    db.schema.run(statement_of(message));
    CHECK(db.schema.answer("select count(*) from pg_indexes where indexname = 'mine' and schemaname = current_schema()") == "1");
    db.prepare(model);
  }
  db.schema.run("create index ix_items__name on " + table + " (_rev)");
  const std::string message = db.refusal(model + "indexes: [ [name] ]\n");
  CHECK_THAT(message, Contains("run: drop index \"" + shop + "\".\"ix_items__name\""));
  db.schema.run(statement_of(message));
  db.prepare(model + "indexes: [ [name] ]\n");
  db.schema.run("drop schema \"" + shop + "\" cascade");
}

TEST_CASE("postgres schema: a unique index that is stricter than the model's key is refused", "[postgres]") {
  Prepared db;
  const std::string model = "type: object\nproperties:\n  name: { type: string, maxLength: 50, unique: true }\n";
  db.prepare(model);
  db.schema.run("create collation ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false)");
  for (const std::string made :
       {"alter table items add constraint mine unique nulls not distinct (name)", "create unique index mine on items (name collate ci)",
        "drop index uq_items__name; alter table items add constraint uq_items__name unique nulls not distinct (name)",
        "drop index uq_items__name; create unique index uq_items__name on items (name collate ci)"}) {
    INFO(made);
    db.schema.run(made);
    const std::string message = db.refusal(model);
    CHECK_THAT(message, Contains("refuses more than a key of the model, in which null never conflicts and texts are equal by code point"));
    db.schema.run(statement_of(message));
    db.prepare(model);
  }
}

TEST_CASE("postgres schema: the name of an index that something else has can be freed as the refusal says", "[postgres]") {
  const std::string model = with("indexes: [ [name] ]\n");
  for (const char* made : {"create table ix_items__name ()", "create view ix_items__name as select 1", "create sequence ix_items__name",
                           "create table other (a int); create index ix_items__name on other (a)"}) {
    INFO(made);
    Prepared db;
    db.prepare(testing::kSmall);
    db.schema.run(made);
    const std::string message = db.refusal(model);
    CHECK_THAT(message, Contains("items: the name ix_items__name is taken by something that is no index of this table; run: "));
    db.schema.run(statement_of(message));
    db.prepare(model);
  }
}

TEST_CASE("postgres schema: a new field that is unique and has a default is refused over several records", "[postgres]") {
  Prepared db;
  const auto insert = [&] { db.schema.run("insert into items (id, name) values (gen_random_uuid(), 'Vis')"); };
  const std::string alone = with("  x: { type: integer, default: 1, unique: true }\n");
  db.prepare(testing::kSmall);
  insert();
  insert();
  CHECK_THAT(db.refusal(alone),
             Contains("items: x cannot be unique: what is new there would have its default in several records; give it no "
                      "default, or take the key out of the model"));
  CHECK_THAT(db.refusal(with("  x: { type: integer, default: 1 }\nunique: [ [name, x] ]\n")), Contains("items: name, x cannot be unique"));
  db.prepare(with("  y: { type: integer, default: 1 }\n  x: { type: integer }\nunique: [ [y, x] ]\n"));  // null never conflicts
  db.schema.run("delete from items where ctid = (select min(ctid) from items)");
  db.prepare(
      with("  y: { type: integer, default: 1 }\n  z: { type: integer, default: 1, unique: true }\n"
           "  x: { type: integer }\nunique: [ [y, x] ]\n"));
}

TEST_CASE("postgres schema: a check of others that has the name of an enum's is never dropped", "[postgres]") {
  const std::string model = with("  e: { enum: [x, y] }\n");
  for (const char* condition : {"k < 5", "length(e) < 5"}) {
    INFO(condition);
    Prepared db;
    db.schema.run("create table items (id uuid primary key, name text collate \"C\" not null, e text collate \"C\", k int)");
    db.schema.run(std::string("alter table items add constraint ck_items__e check (") + condition + ")");
    const std::string message = db.refusal(model);
    CHECK_THAT(message,
               Contains("items: the name ck_items__e is taken by a check that is not of the model's enum; give it another name, or run"));
    db.prepare(with("  e: { type: string, maxLength: 9 }\n"));
    CHECK_THAT(db.everything(), Contains(std::string("ck_items__e")));
    db.schema.run(statement_of(message));
    db.prepare(model);
    db.prepare(with("  e: { enum: [x, y, z] }\n"));  // its own follows the model
  }
}

TEST_CASE("postgres schema: a right that is missing is told with where the statement is that gives it", "[postgres]") {
  Prepared db;
  const std::string role = db.schema.name() + "_role";
  const auto refusal = [&] {
    std::string message;
    try {
      prepare_schema(db.session, testing::catalog_of({{"items", testing::kSmall}}),
                     "set local search_path = " + db.schema.name() + "; set local role " + role);
    } catch (const StartupError& error) {
      CHECK(error.exit_status() == kExitConfiguration);
      message = error.what();
    }
    return message;
  };
  db.schema.run("create role " + role + "; grant usage on schema " + db.schema.name() + " to " + role);
  CHECK_THAT(refusal(), Contains("permission denied for schema") && Contains("; `holdfast doctor` says which statement gives the right."));
  db.schema.run("grant create on schema " + db.schema.name() + " to " + role);
  db.schema.run("create table items (id uuid primary key, name text collate \"C\" not null)");
  CHECK_THAT(refusal(), Contains("items: it belongs to the role") && Contains("or run: alter table \"items\" owner to \"" + role + "\""));
  db.schema.run("drop owned by " + role + "; drop role " + role);
}

TEST_CASE("postgres schema: the statement that makes a column another drops no check of others", "[postgres]") {
  Prepared db;
  db.prepare(with("  x: { type: integer }\n"));
  db.schema.run("alter table items add check (x > 0)");
  const std::string message = db.refusal(with("  x: { type: string }\n"));
  CHECK_THAT(message, Contains("alter column \"x\" type text") && !Contains("drop constraint"));
}
