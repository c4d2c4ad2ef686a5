#include "engine/testing/store_contract.h"

#include <catch2/catch.hpp>

#include "engine/sqlite/engine.h"
#include "engine/testing/fixture.h"

using namespace holdfast;

namespace {

struct SqliteFiles {
  testing::TemporaryFolder folder;
  testing::FixedClock clock;
  int opened = 0;

  // An empty file each time.
  testing::OpenEngine opener() {
    return [this](const Catalog& catalog) {
      sqlite::Options options;
      options.file = folder.path() / (std::to_string(++opened) + ".db");
      return sqlite::open(options, catalog, clock);
    };
  }
};

}  // namespace

TEST_CASE("sqlite: keeps what is written, as it was written", "[engine]") {
  SqliteFiles files;
  testing::check_writes(files.opener());
}
TEST_CASE("sqlite: names every unique key that clashes", "[engine]") {
  SqliteFiles files;
  testing::check_unique_keys(files.opener());
}
TEST_CASE("sqlite: answers every filter as the specification does", "[engine]") {
  SqliteFiles files;
  testing::check_filters(files.opener());
}
TEST_CASE("sqlite: walks every order without repeating or skipping a record", "[engine]") {
  SqliteFiles files;
  testing::check_order_and_pages(files.opener());
}
TEST_CASE("sqlite: reports missing and remaining references, cascades and sets null", "[engine]") {
  SqliteFiles files;
  testing::check_references(files.opener());
}
TEST_CASE("sqlite: removes as many at once as a cascade may, and no more", "[engine]") {
  SqliteFiles files;
  testing::check_cascade_limit(files.opener());
}
TEST_CASE("sqlite: creates by upsert, or changes what is there", "[engine]") {
  SqliteFiles files;
  testing::check_upserts(files.opener());
}
TEST_CASE("sqlite: creates by PUT what is missing", "[engine]") {
  SqliteFiles files;
  testing::check_creation_by_put(files.opener());
}
TEST_CASE("sqlite: answers an Idempotency-Key again for a day", "[engine]") {
  SqliteFiles files;
  testing::check_idempotency(files.opener());
}
TEST_CASE("sqlite: keeps, finds, sorts and merges nested objects", "[engine]") {
  SqliteFiles files;
  testing::check_nested_objects(files.opener());
}
TEST_CASE("sqlite: finds by search what was written, best first", "[engine]") {
  SqliteFiles files;
  testing::check_search(files.opener());
}
