#include "engine/testing/store_contract.h"

#include <catch2/catch.hpp>

#include "engine/postgres/testing/schema.h"
#include "engine/testing/fixture.h"

using namespace holdfast;

namespace {

struct PostgresSchema {
  testing::TestSchema schema;
  testing::FixedClock clock;

  // An empty schema each time.
  testing::OpenEngine opener() {
    return [this](const Catalog& catalog) {
      schema.clear();
      return postgres::open(schema.options(), catalog, clock);
    };
  }
};

}  // namespace

TEST_CASE("postgres: keeps what is written, as it was written", "[postgres]") {
  PostgresSchema database;
  testing::check_writes(database.opener());
}
TEST_CASE("postgres: names every unique key that clashes", "[postgres]") {
  PostgresSchema database;
  testing::check_unique_keys(database.opener());
}
TEST_CASE("postgres: answers every filter as the specification does", "[postgres]") {
  PostgresSchema database;
  testing::check_filters(database.opener());
}
TEST_CASE("postgres: walks every order without repeating or skipping a record", "[postgres]") {
  PostgresSchema database;
  testing::check_order_and_pages(database.opener());
}
TEST_CASE("postgres: reports missing and remaining references, cascades and sets null", "[postgres]") {
  PostgresSchema database;
  testing::check_references(database.opener());
}
TEST_CASE("postgres: removes as many at once as a cascade may, and no more", "[postgres]") {
  PostgresSchema database;
  testing::check_cascade_limit(database.opener());
}
TEST_CASE("postgres: creates by upsert, or changes what is there", "[postgres]") {
  PostgresSchema database;
  testing::check_upserts(database.opener());
}
TEST_CASE("postgres: creates by PUT what is missing", "[postgres]") {
  PostgresSchema database;
  testing::check_creation_by_put(database.opener());
}
TEST_CASE("postgres: answers an Idempotency-Key again for a day", "[postgres]") {
  PostgresSchema database;
  testing::check_idempotency(database.opener());
}
TEST_CASE("postgres: keeps, finds, sorts and merges nested objects", "[postgres]") {
  PostgresSchema database;
  testing::check_nested_objects(database.opener());
}
TEST_CASE("postgres: finds by search what was written, best first", "[postgres]") {
  PostgresSchema database;
  testing::check_search(database.opener());
}
