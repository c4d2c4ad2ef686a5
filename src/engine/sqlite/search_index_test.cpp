#include "engine/sqlite/search_index.h"

#include <catch2/catch.hpp>

#include "engine/sqlite/connection.h"
#include "engine/sqlite/dialect.h"
#include "engine/sqlite/schema.h"
#include "engine/testing/fixture.h"
#include "query/search_terms.h"

using namespace holdfast;
using namespace holdfast::sqlite;

namespace {

struct Indexed {
  testing::TemporaryFolder folder;
  Catalog catalog = testing::catalog_of({
      {"items",
       "type: object\nproperties:\n  name: { type: string }\n  size: { type: integer }\nsearch: { fields: [name], language: simple }\n"},
      {"plain", "type: object\nproperties:\n  name: { type: string }\n"},
  });
  const Model& model = *catalog.find("items");
  Options options = [this] {
    Options made;
    made.file = folder.path() / "holdfast.db";
    return made;
  }();
  Database database = open_database(options, sqlite::Role::kWriter);
  SearchIndex index{database.get()};

  Indexed() { prepare_schema(database.get(), options, catalog); }

  Record record(const std::string& name, std::int64_t size = 0) const {
    return {{testing::text("x"), testing::text(name), testing::integer(size)}, 1};
  }
  // Rows that hold the word.
  std::string rows(const std::string& word) {
    const PreparedStatement select =
        prepare(database.get(), R"(select group_concat(rowid, ' ') from "_hf_items__search" where "_hf_items__search" match ?1)", false);
    sqlite3_bind_text(select.get(), 1, word.c_str(), -1, SQLITE_STATIC);
    REQUIRE(sqlite3_step(select.get()) == SQLITE_ROW);
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(select.get(), 0));
    return text == nullptr ? "" : text;
  }
  std::int64_t changes() const { return sqlite3_total_changes64(database.get()); }
};

}  // namespace

TEST_CASE("sqlite search index: the last change of a row in a group is the one that is written", "[engine]") {
  Indexed db;
  db.index.put(db.model, 1, db.record("vis"));
  db.index.put(db.model, 2, db.record("vis"));
  db.index.put(db.model, 3, db.record("vis"));
  db.index.put(db.model, 1, db.record("clou"));
  db.index.remove(db.model, 2);
  CHECK(db.rows("vis") == "");  // nothing before flush
  REQUIRE(db.index.flush() == SQLITE_OK);
  CHECK(db.rows("vis") == "3");
  CHECK(db.rows("clou") == "1");
  db.index.put(db.model, 3, db.record("Écrou"));
  db.index.remove(db.model, 1);
  db.index.remove(db.model, 99);
  REQUIRE(db.index.flush() == SQLITE_OK);
  CHECK(db.rows("vis") == "");
  CHECK(db.rows("ecrou") == "3");
  CHECK(db.rows("clou") == "");
}

TEST_CASE("sqlite search index: what a rolled back savepoint collected is forgotten", "[engine]") {
  Indexed db;
  db.index.put(db.model, 1, db.record("vis"));
  const std::size_t mark = db.index.mark();
  db.index.put(db.model, 1, db.record("clou"));
  db.index.put(db.model, 2, db.record("vis"));
  db.index.roll_back_to(mark);
  REQUIRE(db.index.flush() == SQLITE_OK);
  CHECK(db.rows("vis") == "1");
  db.index.put(db.model, 1, db.record("clou"));
  db.index.clear();
  const std::int64_t before = db.changes();
  REQUIRE(db.index.flush() == SQLITE_OK);
  CHECK(db.changes() == before);
}

TEST_CASE("sqlite search index: only what is searched concerns it", "[engine]") {
  Indexed db;
  const Model& plain = *db.catalog.find("plain");
  CHECK(SearchIndex::concerns(db.model, db.record("vis"), db.record("clou")));
  CHECK_FALSE(SearchIndex::concerns(db.model, db.record("vis", 1), db.record("vis", 2)));
  CHECK_FALSE(SearchIndex::concerns(plain, db.record("vis"), db.record("clou")));
  db.index.put(plain, 1, db.record("vis"));
  db.index.remove(plain, 1);
  CHECK(db.index.mark() == 0);
}

TEST_CASE("sqlite search index: keeps the hash by which stale rows are told", "[engine]") {
  Indexed db;
  const Record record = db.record("vis");
  db.index.put(db.model, 7, record);
  REQUIRE(db.index.flush() == SQLITE_OK);
  const PreparedStatement select = prepare(db.database.get(), "select hash from _hf_items__search where rowid = 7", false);
  REQUIRE(sqlite3_step(select.get()) == SQLITE_ROW);
  CHECK(sqlite3_column_type(select.get(), 0) == SQLITE_INTEGER);
  CHECK(sqlite3_column_int64(select.get(), 0) == static_cast<std::int64_t>(search_hash(db.model, record)));
}
