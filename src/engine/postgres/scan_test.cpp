#include "engine/postgres/scan.h"

#include <catch2/catch.hpp>

#include "base/clock.h"
#include "base/error.h"
#include "engine/postgres/dial.h"
#include "engine/postgres/schema.h"
#include "engine/postgres/testing/schema.h"
#include "engine/testing/fixture.h"

using namespace holdfast;

namespace {

constexpr auto kAuthors = "type: object\nproperties:\n  name: { type: string }\n";
constexpr auto kBooks = R"(
type: object
properties:
  title: { type: string }
  tags: { type: array, items: { type: string } }
  place: { type: object, properties: { shelf: { type: integer }, fee: { type: number, decimal: [6, 2] } } }
  author: { ref: authors }
search: { fields: [title], language: simple }
)";

// A schema that holdfast has made, and what another program then does in it.
class Shop {
 public:
  Shop() : catalog(testing::catalog_of({{"authors", kAuthors}, {"books", kBooks}})) {
    const std::atomic<bool> stopped = false;
    const auto address = postgres::read_address(schema.url());
    auto dialled = postgres::dial(address, {5000, address.schema}, 5000, stopped);
    REQUIRE(dialled.has_value());
    postgres::DirectSession session(std::move(dialled->connection));
    postgres::prepare_schema(session, catalog, "");
  }

  ScannedCollection scanned(std::string_view name) const {
    for (auto& collection : postgres::scan(schema.options(), catalog, [](const Model&, std::int64_t, std::int64_t) {})) {
      if (collection.model->name == name) return collection;
    }
    throw std::logic_error("no such collection");
  }

  testing::TestSchema schema;
  const Catalog catalog;
};

}  // namespace

TEST_CASE("postgres scan: a schema that only holdfast wrote is sound", "[postgres]") {
  const Shop shop;
  CHECK(shop.scanned("books").is_sound());
  CHECK(postgres::dangling(shop.schema.options(), shop.catalog).empty());
}

TEST_CASE("postgres scan: lists every value that is of another type, by id and field, and reads past it", "[postgres]") {
  Shop shop;
  shop.schema.run(R"(insert into books (id, _rev, tags, place) values
    ('0193585a-7c00-7000-8000-000000000001', 1, '{a}', '{"shelf": 1}'),
    ('0193585a-7c00-7000-8000-000000000002', 1, '{a,null}', '{"shelf": "one"}'),
    ('0193585a-7c00-7000-8000-000000000003', 1, '{}', '{"fee": "1.50"}'),
    ('0193585a-7c00-7000-8000-000000000004', 1, '{}', '{"fee": 1.5}'))");
  const auto books = shop.scanned("books");
  CHECK(books.records == 4);
  REQUIRE(books.misfits == 3);
  CHECK(books.listed[0].id == "0193585a-7c00-7000-8000-000000000002");
  CHECK(books.listed[0].field == "tags");
  CHECK(books.listed[1].id == "0193585a-7c00-7000-8000-000000000002");
  CHECK(books.listed[1].field == "place");
  CHECK(books.listed[2].id == "0193585a-7c00-7000-8000-000000000003");
  CHECK(books.listed[2].field == "place");
}

TEST_CASE("postgres scan: counts the search data that other programs left out or made stale, over several batches", "[postgres]") {
  Shop shop;
  shop.schema.run(R"(insert into books (id, _rev, title, _hf_search)
    select ('0193585a-7c00-7000-8000-' || lpad(i::text, 12, '0'))::uuid, 1, 'a book', case when i % 2 = 0 then 42 end
    from generate_series(1, 2500) as i)");
  const auto books = shop.scanned("books");
  CHECK(books.records == 2500);
  CHECK(books.misfits == 0);
  CHECK(books.stale_search == 2500);
}

TEST_CASE("postgres references: lists the records that refer to one that is not there", "[postgres]") {
  Shop shop;
  shop.schema.run(R"(
    set session_replication_role = replica;
    insert into authors (id, _rev, name) values ('0193585a-7c00-7000-8000-00000000000a', 1, 'Ann');
    insert into books (id, _rev, author) values
      ('0193585a-7c00-7000-8000-000000000001', 1, '0193585a-7c00-7000-8000-00000000000a'),
      ('0193585a-7c00-7000-8000-000000000002', 1, '0193585a-7c00-7000-8000-00000000000b'),
      ('0193585a-7c00-7000-8000-000000000003', 1, null))");
  const auto found = postgres::dangling(shop.schema.options(), shop.catalog);
  REQUIRE(found.size() == 1);
  CHECK(found[0].reference.model->name == "books");
  CHECK(found[0].count == 1);
  REQUIRE(found[0].listed.size() == 1);
  CHECK(found[0].listed[0].id == "0193585a-7c00-7000-8000-000000000002");
  CHECK(found[0].listed[0].target == "0193585a-7c00-7000-8000-00000000000b");
}

TEST_CASE("postgres scan: tables that are not there have no records, one that lacks a column is named", "[postgres]") {
  Shop shop;
  shop.schema.clear();
  CHECK(shop.scanned("books").records == 0);
  CHECK(postgres::dangling(shop.schema.options(), shop.catalog).empty());
  shop.schema.run("create table authors (id uuid primary key, _rev bigint)");
  try {
    shop.scanned("authors");
    FAIL("scanned");
  } catch (const StartupError& error) {
    CHECK(error.exit_status() == kExitConfiguration);
    CHECK(std::string(error.what()).find("the table authors has no column name.") != std::string::npos);
  }
}
