#include "engine/sqlite/scan.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "base/error.h"
#include "engine/sqlite/engine.h"
#include "engine/sqlite/handles.h"
#include "engine/testing/fixture.h"

using namespace holdfast;
namespace fs = std::filesystem;

namespace {

constexpr auto kAuthors = "type: object\nproperties:\n  name: { type: string }\n";
constexpr auto kBooks = R"(
type: object
properties:
  title: { type: string }
  pages: { type: integer }
  sold: { type: boolean }
  author: { ref: authors }
search: { fields: [title], language: simple }
)";

// A file that holdfast has made, and what another program then does to it.
class Shop {
 public:
  Shop() : catalog_(testing::catalog_of({{"authors", kAuthors}, {"books", kBooks}})) {
    const SystemClock clock;
    sqlite::Options options;
    options.file = file();
    sqlite::open(options, catalog_, clock)->close();
  }

  void run(const std::string& statements) const {
    sqlite3* raw = nullptr;
    REQUIRE(sqlite3_open(file().c_str(), &raw) == SQLITE_OK);
    const sqlite::Database owner(raw);
    char* message = nullptr;
    const int code = sqlite3_exec(raw, statements.c_str(), nullptr, nullptr, &message);
    INFO((message == nullptr ? "" : message));
    REQUIRE(code == SQLITE_OK);
  }

  ScannedCollection scanned(std::string_view name) const {
    std::int64_t last = -1;
    for (auto& collection : sqlite::scan(file(), catalog_, [&last](const Model&, std::int64_t done, std::int64_t) { last = done; })) {
      if (collection.model->name == name) return collection;
    }
    throw std::logic_error("no such collection");
  }

  std::vector<DanglingReference> dangling() const { return sqlite::dangling(file(), catalog_); }
  fs::path file() const { return folder_.path() / "shop.db"; }

 private:
  Catalog catalog_;
  testing::TemporaryFolder folder_;
};

}  // namespace

TEST_CASE("scan: a file that only holdfast wrote is sound", "[engine]") {
  const Shop shop;
  CHECK(shop.scanned("books").is_sound());
  CHECK(shop.scanned("books").records == 0);
  CHECK(shop.dangling().empty());
}

TEST_CASE("scan: lists every value that is of another type, by id and field, and reads past it", "[engine]") {
  const Shop shop;
  shop.run(R"(
    pragma ignore_check_constraints = on;
    insert into books (id, _rev, title, pages, sold) values
      ('0193585a-7c00-7000-8000-000000000001', 1, 'sound', 3, 1),
      ('0193585a-7c00-7000-8000-000000000002', 1, cast(x'ff' as text), 3, 7),
      ('0193585a-7c00-7000-8000-000000000003', 1, null, null, null))");
  const auto books = shop.scanned("books");
  CHECK(books.records == 3);
  REQUIRE(books.misfits == 2);
  CHECK(books.listed[0].id == "0193585a-7c00-7000-8000-000000000002");
  CHECK(books.listed[0].field == "title");
  CHECK(books.listed[1].id == "0193585a-7c00-7000-8000-000000000002");
  CHECK(books.listed[1].field == "sold");
  CHECK_FALSE(books.is_sound());
}

TEST_CASE("scan: lists a hundred misfits and counts the rest, over several batches of records", "[engine]") {
  const Shop shop;
  shop.run(R"(with recursive n(i) as (select 1 union all select i + 1 from n where i < 2500)
    insert into authors (id, _rev, name) select printf('0193585a-7c00-7000-8000-%012d', i), 1, cast(x'ff' as text) from n)");
  const auto authors = shop.scanned("authors");
  CHECK(authors.records == 2500);
  CHECK(authors.misfits == 2500);
  CHECK(authors.listed.size() == kListedLimit);
}

TEST_CASE("scan: counts the search data that other programs made stale or left behind", "[engine]") {
  const Shop shop;
  shop.run(R"(
    insert into books (_row, id, _rev, title) values (1, '0193585a-7c00-7000-8000-000000000001', 1, 'without search data');
    insert into books (_row, id, _rev, title) values (2, '0193585a-7c00-7000-8000-000000000002', 1, 'with that of another title'))");
  sqlite3* raw = nullptr;
  REQUIRE(sqlite3_open(shop.file().c_str(), &raw) == SQLITE_OK);
  const sqlite::Database owner(raw);
  std::string table;
  const auto keep = [](void* out, int, char** values, char**) { return *static_cast<std::string*>(out) = values[0], 0; };
  REQUIRE(sqlite3_exec(raw, "select name from sqlite_schema where sql like 'create virtual table%'", keep, &table, nullptr) == SQLITE_OK);
  shop.run("insert into \"" + table + "\" (rowid, s0, w0, hash) values (2, 'other', 'other', 42), (99, 'gone', 'gone', 1)");
  const auto books = shop.scanned("books");
  CHECK(books.misfits == 0);
  CHECK(books.stale_search == 2);
  CHECK(books.orphan_search == 1);
}

TEST_CASE("references: lists the records that refer to one that is not there", "[engine]") {
  const Shop shop;
  shop.run(R"(
    insert into authors (id, _rev, name) values ('0193585a-7c00-7000-8000-00000000000a', 1, 'Ann');
    insert into books (id, _rev, author) values
      ('0193585a-7c00-7000-8000-000000000001', 1, '0193585a-7c00-7000-8000-00000000000a'),
      ('0193585a-7c00-7000-8000-000000000002', 1, '0193585a-7c00-7000-8000-00000000000b'),
      ('0193585a-7c00-7000-8000-000000000003', 1, null))");
  const auto found = shop.dangling();
  REQUIRE(found.size() == 1);
  CHECK(found[0].reference.model->name == "books");
  CHECK(found[0].reference.target->name == "authors");
  CHECK(found[0].count == 1);
  REQUIRE(found[0].listed.size() == 1);
  CHECK(found[0].listed[0].id == "0193585a-7c00-7000-8000-000000000002");
  CHECK(found[0].listed[0].target == "0193585a-7c00-7000-8000-00000000000b");
}

TEST_CASE("scan: a table that lacks a column of the model is named, with what to do", "[engine]") {
  const Shop shop;
  shop.run("alter table authors drop column name");
  try {
    shop.scanned("authors");
    FAIL("scanned");
  } catch (const StartupError& error) {
    CHECK(error.exit_status() == kExitConfiguration);
    CHECK(std::string(error.what()).find("the table authors has no column name. `holdfast serve` adds") != std::string::npos);
  }
}
