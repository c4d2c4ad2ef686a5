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
