#include "engine/testing/store_contract.h"

#include <catch2/catch.hpp>

#include "engine/memory/engine.h"

using namespace holdfast;

TEST_CASE("memory: keeps what is written, as it was written", "[engine]") {
  testing::check_writes(memory::open);
}
TEST_CASE("memory: names every unique key that clashes", "[engine]") {
  testing::check_unique_keys(memory::open);
}
TEST_CASE("memory: answers filters and pages alike in two databases", "[engine]") {
  testing::check_filters(memory::open);
  testing::check_order_and_pages(memory::open);
}
TEST_CASE("memory: reports missing and remaining references, cascades and sets null", "[engine]") {
  testing::check_references(memory::open);
}
TEST_CASE("memory: removes as many at once as a cascade may, and no more", "[engine]") {
  testing::check_cascade_limit(memory::open);
}
TEST_CASE("memory: creates by upsert, or changes what is there", "[engine]") {
  testing::check_upserts(memory::open);
}
TEST_CASE("memory: creates by PUT what is missing", "[engine]") {
  testing::check_creation_by_put(memory::open);
}
TEST_CASE("memory: answers an Idempotency-Key again for a day", "[engine]") {
  testing::check_idempotency(memory::open);
}
TEST_CASE("memory: keeps, finds, sorts and merges nested objects", "[engine]") {
  testing::check_nested_objects(memory::open);
}
TEST_CASE("memory: finds by search what was written, best first", "[engine]") {
  testing::check_search(memory::open);
}
