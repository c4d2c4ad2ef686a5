#include "engine/testing/store_contract.h"

#include <catch2/catch.hpp>

#include "engine/mongo/testing/database.h"
#include "engine/testing/fixture.h"
#include "engine/testing/servers.h"

using namespace holdfast;

namespace {

struct Database {
  testing::MongoDatabase database;
  testing::FixedClock clock;

  // An empty database each time.
  testing::OpenEngine opener() {
    return [this](const Catalog& catalog) {
      database.clear();
      return mongo::open(database.options(), catalog, clock);
    };
  }
};

}  // namespace

TEST_CASE("mongodb: keeps what is written, as it was written", "[mongo]") {
  Database database;
  testing::check_writes(database.opener());
}
TEST_CASE("mongodb: names every unique key that clashes", "[mongo]") {
  Database database;
  testing::check_unique_keys(database.opener());
}
TEST_CASE("mongodb: answers every filter as the specification does", "[mongo]") {
  Database database;
  testing::check_filters(database.opener(), testing::characters_of_mongodb());
}
TEST_CASE("mongodb: walks every order without repeating or skipping a record", "[mongo]") {
  Database database;
  testing::check_order_and_pages(database.opener(), testing::characters_of_mongodb());
}
TEST_CASE("mongodb: reports missing and remaining references, cascades and sets null", "[mongo]") {
  Database database;
  testing::check_references(database.opener());
}
TEST_CASE("mongodb: removes as many at once as a cascade may, and no more", "[mongo]") {
  Database database;
  testing::check_cascade_limit(database.opener());
}
TEST_CASE("mongodb: creates by upsert, or changes what is there", "[mongo]") {
  Database database;
  testing::check_upserts(database.opener());
}
TEST_CASE("mongodb: creates by PUT what is missing", "[mongo]") {
  Database database;
  testing::check_creation_by_put(database.opener());
}
TEST_CASE("mongodb: answers an Idempotency-Key again for a day", "[mongo]") {
  Database database;
  testing::check_idempotency(database.opener());
}
TEST_CASE("mongodb: keeps, finds, sorts and merges nested objects", "[mongo]") {
  Database database;
  testing::check_nested_objects(database.opener());
}
TEST_CASE("mongodb: finds by search what was written, best first", "[mongo]") {
  Database database;
  testing::check_search(database.opener());
}
