#include "engine/sqlite/schema.h"

#include <catch2/catch.hpp>

#include "engine/sqlite/connection.h"
#include "engine/sqlite/dialect.h"
#include "engine/sqlite/schema_text.h"
#include "engine/testing/fixture.h"

using namespace holdfast;
using namespace holdfast::sqlite;

namespace {

constexpr const char* kItems = R"(
type: object
required: [name]
properties:
  name:     { type: string, maxLength: 50, unique: true }
  size:     { type: integer }
  isActive: { type: boolean, default: true }
  tags:     { type: array, items: { type: string, maxLength: 20 } }
timestamps: true
indexes: [ [isActive, -size], [tags] ]
)";

// A file whose schema is made step by step.
struct File {
  testing::TemporaryFolder folder;
  Options options = make_options();
  Database database = open_database(options, sqlite::Role::kWriter);

  Options make_options() const {
    Options made;
    made.file = folder.path() / "holdfast.db";
    made.shown_file = "data/holdfast.db";
    return made;
  }
  void run(const char* text) {
    INFO(text);
    REQUIRE(execute(database.get(), text) == SQLITE_OK);
  }
  SecretKey prepare(const std::string& yaml) { return prepare_schema(database.get(), options, testing::catalog_of({{"items", yaml}})); }
  std::string refusal(const std::string& yaml) {
    try {
      prepare(yaml);
    } catch (const StartupError& error) {
      CHECK(error.exit_status() == kExitConfiguration);
      return error.what();
    }
    FAIL("nothing was refused");
    return {};
  }
  std::string answer(const char* text) {
    PreparedStatement statement = sqlite::prepare(database.get(), text, false);
    REQUIRE(statement != nullptr);
    REQUIRE(sqlite3_step(statement.get()) == SQLITE_ROW);
    const auto* value = reinterpret_cast<const char*>(sqlite3_column_text(statement.get(), 0));
    return value == nullptr ? "null" : value;
  }
};

using Catch::Contains;

constexpr const char* kSmall = "type: object\nrequired: [name]\nproperties:\n  name: { type: string, maxLength: 50 }\n";

constexpr const char* kTags = "  tags: { type: array, items: { type: string, maxLength: 9 } }\n";

std::string joined(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) out.append(part);
  return out;
}

}  // namespace

TEST_CASE("sqlite ddl: a model becomes a strict table with its keys and indexes", "[engine]") {
  const Catalog catalog = testing::catalog_of({{"items", kItems}});
  const Model& model = *catalog.find("items");
  const sql::TableDefinition table = sql::define_table(kDialect, model);
  CHECK(create_table_text(model, table) == R"(create table "items" (
  "_row" INTEGER PRIMARY KEY,
  "id" TEXT not null unique,
  "_rev" INTEGER not null default 0,
  "name" TEXT not null,
  "size" INTEGER,
  "is_active" INTEGER not null default 1 check ("is_active" in (0, 1)),
  "tags" TEXT not null default '[]' check (json_type("tags") = 'array'),
  "created_at" TEXT not null,
  "updated_at" TEXT not null
) strict)");
  std::vector<std::string> indexes;
  for (const sql::IndexDefinition& index : table.indexes) indexes.push_back(sql::create_index_text(index, sql::identifier(table.name)));
  CHECK(indexes == std::vector<std::string>{
                       R"(create unique index "uq_items__name" on "items" ("name"))",
                       R"(create index "ix_items__is_active__size_desc" on "items" ("is_active", "size" desc, "id" desc))",
                       R"(create index "ix_items__created_at" on "items" ("created_at", "id"))",
                   });
  const std::vector<std::string> array = define_array_index_texts(model, model.ordinal("tags").value());
  REQUIRE(array.size() == 5);
  CHECK(array[0] ==
        R"(create table "_hf_items_tags" (value ANY not null, "row" INTEGER not null, primary key (value, "row")) strict, without rowid)");
  CHECK(array[1] == R"(create index "ix__hf_items_tags__row" on "_hf_items_tags" ("row"))");
  CHECK(array[2] == R"(create trigger "_hf_items_tags_insert" after insert on "items" begin delete from "_hf_items_tags" )"
                    R"(where "row" = new."_row"; insert into "_hf_items_tags" (value, "row") )"
                    R"(select distinct value, new."_row" from json_each(new."tags") where value is not null; end)");
}

TEST_CASE("sqlite ddl: a name that is too long is cut between two characters", "[engine]") {
  const auto name_of = [](const std::string& table) {
    const Catalog catalog =
        testing::catalog_of({{"items", "type: object\ntable: " + table + "\nproperties: { a: { type: integer } }\nindexes: [[a]]\n"}});
    return sql::define_table(kDialect, *catalog.find("items")).indexes[0].name;
  };
  const std::string hash = "_01234567";
  std::string accented;
  for (int i = 0; i < 31; ++i) accented += "\u00e9";
  CHECK(name_of(accented).substr(0, 53) == "ix_" + accented.substr(0, 50));
  CHECK(name_of(accented).size() == 53 + hash.size());
  CHECK(name_of("x" + accented.substr(2)).substr(0, 54) == "ix_x" + accented.substr(0, 50));
  CHECK(name_of("x" + accented.substr(2)).size() == 63);
  CHECK(name_of(std::string(62, 't')).substr(0, 55) == "ix_" + std::string(51, 't') + "_");
  CHECK(name_of(std::string(62, 't')).size() == 63);
}

TEST_CASE("sqlite ddl: an integer id is the row itself and is never reused", "[engine]") {
  const Catalog catalog = testing::catalog_of({{"items", "id: integer\ntype: object\nproperties:\n  size: { type: integer }\n"}});
  const Model& model = *catalog.find("items");
  CHECK(create_table_text(model, sql::define_table(kDialect, model)) == R"(create table "items" (
  "id" INTEGER PRIMARY KEY AUTOINCREMENT,
  "_rev" INTEGER not null default 0,
  "size" INTEGER
) strict)");
}

TEST_CASE("sqlite schema: a second start changes nothing and keeps the cursor key", "[engine]") {
  File file;
  const SecretKey key = file.prepare(kItems);
  const std::string before = file.answer("select group_concat(sql, ';') from sqlite_schema");
  CHECK(file.prepare(kItems) == key);
  CHECK(file.answer("select group_concat(sql, ';') from sqlite_schema") == before);
}

TEST_CASE("sqlite schema: columns that admit null or have a default, and indexes, are added", "[engine]") {
  File file;
  file.prepare(kSmall);
  file.run("insert into items (id, name) values ('a', 'Vis')");
  const char* more = "  size: { type: integer }\n  color: { type: string, maxLength: 9, default: it's red }\n";
  file.prepare(joined({kSmall, more, kTags, "indexes: [[size], [tags]]\n"}));
  CHECK(file.answer("select color || ' ' || tags || ' ' || (size is null) from items") == "it's red [] 1");
  CHECK(file.answer("select count(*) from sqlite_schema where name in ('ix_items__size', '_hf_items_tags')") == "2");
}

TEST_CASE("sqlite schema: an array index knows the records that were there before it", "[engine]") {
  File file;
  file.prepare(joined({kSmall, kTags}));
  file.run("insert into items (id, name, tags) values ('a', 'Vis', '[\"x\",\"y\",\"x\"]')");
  file.prepare(joined({kSmall, kTags, "indexes: [[tags]]\n"}));
  const char* side = "select group_concat(value || row, ' ') from (select * from _hf_items_tags order by value)";
  CHECK(file.answer(side) == "x1 y1");
  file.run("update items set tags = '[\"z\"]'");
  CHECK(file.answer(side) == "z1");
  file.run("delete from items");
  CHECK(file.answer("select count(*) from _hf_items_tags") == "0");
}

TEST_CASE("sqlite schema: what another program replaces leaves no elements behind for later records", "[engine]") {
  for (const char* id : {"id: text\n", "id: integer\n"}) {
    File file;
    file.prepare(joined({id, kSmall, kTags, "indexes: [[tags]]\n"}));
    file.run("insert into items (id, name, tags) values (1, 'Vis', '[\"old\"]')");
    file.run("insert or replace into items (id, name, tags) values (1, 'Vis', '[\"new\"]')");
    CHECK(file.answer("select group_concat(value) from _hf_items_tags where row in (select _rowid_ from items)") == "new");
    file.run("delete from items; insert into items (id, name, tags) values (2, 'Vis', '[\"x\"]')");
    CHECK(file.answer("select group_concat(value) from _hf_items_tags where row in (select _rowid_ from items)") == "x");
    file.run("insert into items (id, name, tags) values (3, 'Vis', '[\"y\"]'); update or replace items set id = 3 where id = 2");
    CHECK(file.answer("select group_concat(value) from _hf_items_tags where row in (select _rowid_ from items)") == "x");
  }
}

TEST_CASE("sqlite schema: an array index of an older spelling is made anew, once, without what it held of nobody", "[engine]") {
  File file;
  const std::string yaml = joined({kSmall, kTags, "indexes: [[tags]]\n"});
  file.prepare(yaml);
  file.run("insert into items (id, name, tags) values ('a', 'Vis', '[\"x\"]'); insert into _hf_items_tags values ('old', 1)");
  file.prepare(yaml);
  CHECK(file.answer("select group_concat(value) from _hf_items_tags") == "old,x");
  file.run(
      "drop trigger _hf_items_tags_delete; create trigger _hf_items_tags_delete after delete on items begin "
      "delete from _hf_items_tags where row = old._row and value in (select value from json_each(old.tags)); end");
  file.prepare(yaml);
  CHECK(file.answer("select group_concat(value) from _hf_items_tags") == "x");
  file.run("delete from items");
  CHECK(file.answer("select count(*) from _hf_items_tags") == "0");
}

TEST_CASE("sqlite schema: every other difference is spelt out, and nothing is changed", "[engine]") {
  File file;
  file.run(R"(create table items (_row integer primary key, id text not null, _rev integer not null default 0,
              name integer not null, size text, note text not null) strict;
              create index ix_items__size on items (name))");
  const std::string message = file.refusal(
      "type: object\nrequired: [name, price]\nproperties:\n  name: { type: string, maxLength: 50 }\n  price: { type: integer }\n"
      "  size: { type: string, maxLength: 9, default: m }\n  extra: { type: integer }\nindexes: [[size]]\n");
  CHECK_THAT(message, Contains("data/holdfast.db does not fit the models; nothing was changed:"));
  CHECK_THAT(message, Contains("items: the column name is INTEGER, the model needs TEXT"));
  CHECK_THAT(message, Contains("items: the column price is missing"));
  CHECK_THAT(message, Contains("items: the column size may be null, the model says that it is not"));
  CHECK_THAT(message, Contains("items: the column note is not in the model, and NOT NULL without a default"));
  CHECK_THAT(message, Contains("items: the column id is not unique"));
  CHECK_THAT(message, Contains("items: the index ix_items__size has other keys than the model says"));
  CHECK(file.answer("select count(*) from pragma_table_info('items')") == "6");
  CHECK(file.answer("select count(*) from sqlite_schema where name = '_hf_meta'") == "0");
}

TEST_CASE("sqlite schema: a column that the model lets be null must let it", "[engine]") {
  File file;
  file.run(
      "create table items (_row integer primary key, id text not null unique, _rev integer not null default 0, name text not null) strict");
  CHECK_THAT(file.refusal("type: object\nproperties:\n  name: { type: string, maxLength: 50 }\n"),
             Contains("the column name is NOT NULL, the model lets it be null"));
}

TEST_CASE("sqlite schema: columns that the model does not know are left alone", "[engine]") {
  File file;
  file.prepare(kSmall);
  file.run("alter table items add column note text; alter table items add column stamp integer not null default 7");
  file.prepare(kSmall);
  CHECK(file.answer("select count(*) from pragma_table_info('items')") == "6");
}

TEST_CASE("sqlite schema: a unique key that records break cannot be made", "[engine]") {
  File file;
  file.prepare(kSmall);
  file.run("insert into items (id, name) values ('a', 'Vis'), ('b', 'Vis')");
  CHECK_THAT(
      file.refusal("type: object\nrequired: [name]\nproperties:\n  name: { type: string, maxLength: 50, unique: true }\n"),
      Contains("items: name must be unique, but Vis is there 2 times; change those records, or take the key out of the model; all of "
               "them are listed by: select \"name\", count(*) from \"items\" where \"name\" is not null group by \"name\" "
               "having count(*) > 1."));
  file.prepare(kSmall);
}

TEST_CASE("sqlite schema: what breaks a new unique key is not shown when it is never answered", "[engine]") {
  File file;
  const std::string pin = "  pin: { type: string, maxLength: 50, writeOnly: true";
  file.prepare(joined({kSmall, pin, " }\n"}));
  file.run("insert into items (id, name, pin) values ('a', 'Vis', 's3cret'), ('b', 'Vis', 's3cret')");
  const std::string message = file.refusal(joined({kSmall, pin, ", unique: true }\n"}));
  CHECK_THAT(message, Contains("items: pin must be unique, but a value that is not shown is there 2 times"));
  CHECK_THAT(message, !Contains("s3cret"));
}

TEST_CASE("sqlite schema: a new field that is unique and has a default is refused over several records", "[engine]") {
  File file;
  file.prepare(kSmall);
  file.run("insert into items (id, name) values ('a', 'Vis'), ('b', 'Vis')");
  const std::string message = file.refusal(joined({kSmall, "  x: { type: integer, default: 1, unique: true }\n"}));
  CHECK_THAT(message,
             Contains("items: x cannot be unique: what is new there would have its default in several records; give it no default, "
                      "or take the key out of the model."));
  file.prepare(joined({kSmall, "  x: { type: integer, unique: true }\n"}));
}

TEST_CASE("sqlite schema: timestamps that come to records are refused with the columns that mend it", "[engine]") {
  File file;
  file.prepare(kSmall);
  file.run("insert into items (id, name) values ('a', 'Vis')");
  const std::string model = joined({kSmall, "timestamps: true\n"});
  const std::string message = file.refusal(model);
  for (const std::string column : {"created_at", "updated_at"}) {
    const std::string statement =
        joined({"alter table \"items\" add column \"", column, "\" TEXT not null default '2000-01-01T00:00:00.000Z'"});
    CHECK_THAT(message, Contains("take `timestamps` out of the model, or run, with an instant of yours: " + statement));
    file.run(statement.c_str());
  }
  file.prepare(model);
}

TEST_CASE("sqlite schema: two indexed arrays may be called so that the one is the other's rows", "[engine]") {
  File file;
  const std::string arrays = joined({kSmall, kTags, "  tagsRow: { type: array, items: { type: string, maxLength: 9 } }\n"});
  file.prepare(joined({arrays, "indexes: [[tags], [tagsRow]]\n"}));
  CHECK(file.answer("select count(*) from sqlite_schema where name in ('_hf_items_tags', '_hf_items_tags_row')") == "2");
}

TEST_CASE("sqlite schema: a table that others made with a text id is refused with the way to copy it", "[engine]") {
  File file;
  file.run(
      "create table items (id text primary key, name text not null); insert into items values ('a', 'Vis');"
      "create table notes (item text references items (id))");
  CHECK_THAT(file.refusal(joined({kSmall, "search: { fields: [name] }\n"})), Contains("from \"items_old\", and then `holdfast reindex`."));
  const std::string message = file.refusal(kSmall);
  const std::string rename = "pragma foreign_keys=off; pragma legacy_alter_table=on; alter table \"items\" rename to \"items_old\"";
  const std::string copy = "insert into \"items\" (\"id\", \"name\") select \"id\", \"name\" from \"items_old\"";
  CHECK_THAT(message, Contains("the column _row (INTEGER PRIMARY KEY) is missing") && Contains("run: " + rename + ", let") &&
                          Contains("and run: " + copy + "."));
  file.run(rename.c_str());
  file.prepare(kSmall);
  file.run(copy.c_str());
  CHECK(file.answer("select id || name from items") == "aVis");
  CHECK(file.answer("select sql from sqlite_schema where name = 'notes'") == "CREATE TABLE notes (item text references items (id))");
}

TEST_CASE("sqlite schema: a field or collection whose old name is there is refused, with the statement that renames it", "[engine]") {
  File file;
  file.prepare(joined({kSmall, "  oldSize: { type: integer }\n"}));
  file.run("insert into items (id, name, old_size) values ('a', 'Vis', 5)");
  const std::string renamed = joined({kSmall, "  size: { type: integer, was: oldSize }\n"});
  const std::string rename_column = "alter table \"items\" rename column \"old_size\" to \"size\"";
  CHECK_THAT(file.refusal(renamed), Contains("items: the column size is missing, but old_size is there, which the field was; this version "
                                             "of holdfast renames nothing; run: " +
                                             rename_column + ", or take `was` out of the model."));
  file.run(rename_column.c_str());
  file.prepare(renamed);
  CHECK(file.answer("select size from items") == "5");
  const Catalog goods = testing::catalog_of({{"goods", joined({"was: items\n", kSmall})}});
  const std::string rename_table = "alter table \"items\" rename to \"goods\"";
  CHECK_THROWS_WITH(prepare_schema(file.database.get(), file.options, goods),
                    Contains("goods: the table is missing, but items is there, which the collection was") && Contains(rename_table));
  file.run(rename_table.c_str());
  prepare_schema(file.database.get(), file.options, goods);
  CHECK(file.answer("select name from goods") == "Vis");
}

TEST_CASE("sqlite schema: a view is told apart from a table", "[engine]") {
  File file;
  file.run("create table others (id text, name text); create view items as select * from others");
  const std::string message = file.refusal(kSmall);
  CHECK_THAT(message, Contains("items: the name is taken by a view, which keeps no records; give the model another `table`."));
  CHECK_THAT(message, !Contains("is not unique") && !Contains("compared by"));
}

TEST_CASE("sqlite schema: a file of a newer format is refused", "[engine]") {
  File file;
  file.prepare(kSmall);
  file.run("update _hf_meta set value = 2 where key = 'format'");
  CHECK_THAT(file.refusal(kSmall), Contains("was made by a newer holdfast (format 2; this one knows 1)"));
}

TEST_CASE("sqlite schema: a property may be called as json_each calls its columns, beside an indexed array", "[engine]") {
  File file;
  file.prepare("type: object\nproperties:\n  value: { type: string }\n  key: { type: string }\n");
  file.run("insert into items (id, value) values ('a', 'Vis')");
  const std::string indexed =
      "type: object\nproperties:\n  value: { type: string }\n  key: { type: string }\n"
      "  tags: { type: [array, \"null\"], items: { type: string, maxLength: 20 } }\nindexes: [ [tags] ]\n";
  file.prepare(indexed);
  file.run("update items set tags = '[\"bio\"]'");
  CHECK(file.answer("select value from _hf_items_tags") == "bio");
}

TEST_CASE("sqlite schema: stored numbers never change their meaning", "[engine]") {
  File file;
  const auto price = [](const std::string& type) { return joined({kSmall, "  price: { ", type, " }\n"}); };
  file.prepare(price("type: number, decimal: [10, 2]"));
  file.run("insert into items (id, name, price) values ('a', 'Vis', 1050)");
  for (const char* type : {"type: number, decimal: [10, 3]", "type: integer", "type: boolean"}) {
    CHECK_THAT(file.refusal(price(type)),
               Contains("items: the column price holds values of type decimal of scale 2, which the model would"));
  }
  file.prepare(price("type: number, decimal: [12, 2], minimum: 1"));  // limits may change
  file.prepare(kSmall);                                               // the column stays when the field goes
  CHECK_THAT(file.refusal(price("type: number, decimal: [10, 0]")), Contains("the column price holds values of type decimal of scale 2"));
}

TEST_CASE("sqlite schema: texts are not read as other texts, nor arrays as other arrays", "[engine]") {
  File file;
  const auto field = [](const std::string& type) { return joined({kSmall, "  x: { ", type, " }\n"}); };
  file.prepare(field("type: string"));
  CHECK_THAT(file.refusal(field("type: string, format: date")),
             Contains("holds values of type string, which the model would read as date"));
  CHECK_THAT(file.refusal(field("type: [array, 'null'], items: { type: string }")),
             Contains("which the model would read as array of string"));
  file.prepare(field("enum: [a, b]"));
}

TEST_CASE("sqlite schema: a table that was dropped by hand is made anew, its array index too", "[engine]") {
  File file;
  const std::string yaml = joined({kSmall, kTags, "indexes: [[tags]]\n"});
  file.prepare(yaml);
  file.run("insert into items (id, name, tags) values ('a', 'Vis', '[\"x\"]'); drop table items");
  file.prepare(yaml);
  CHECK(file.answer("select count(*) from _hf_items_tags") == "0");
  file.run("insert into items (id, name, tags) values ('b', 'Vis', '[\"y\"]')");
  CHECK(file.answer("select group_concat(value) from _hf_items_tags") == "y");
}

TEST_CASE("sqlite schema: a unique index that the model does not know is refused", "[engine]") {
  File file;
  const std::string unique = "type: object\nrequired: [name]\nproperties:\n  name: { type: string, maxLength: 50, unique: true }\n";
  file.prepare(unique);
  CHECK_THAT(file.refusal(kSmall), Contains("items: name must be unique by the index uq_items__name, which the model does not say; "
                                            "declare the key, or run: drop index \"uq_items__name\""));
  file.run("create index other on items (name); create unique index own on items (name, id)");  // harmless
  file.prepare(unique);
}

TEST_CASE("sqlite schema: a column of another collation is refused", "[engine]") {
  File file;
  file.run(
      "create table items (_row integer primary key, id text not null unique, _rev integer not null default 0,"
      "name text not null collate nocase)");
  CHECK_THAT(file.refusal(kSmall), Contains("items: the column name is compared by nocase, but texts are compared by code point"));
}

TEST_CASE("sqlite schema: integer ids that could be given twice are refused", "[engine]") {
  File file;
  file.run("create table items (id integer primary key, size integer)");
  CHECK_THAT(file.refusal("id: integer\ntype: object\nproperties:\n  size: { type: integer }\n"),
             Contains("items: the column id is not AUTOINCREMENT"));
}
