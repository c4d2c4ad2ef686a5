#include "engine/memory/page.h"

#include <catch2/catch.hpp>

#include "engine/testing/fixture.h"
#include "engine/testing/sample.h"

using namespace holdfast;
using memory::page_of;
using testing::ids_of;
using testing::integer;
using testing::text;

namespace {

const Value kNull{Null{}};

const Model& two_fields() {
  static const Model model = [] {
    Model made;
    made.fields.resize(2);
    return made;
  }();
  return model;
}

// Records of an id and one key: a null, 1, 2 and 2.
const memory::Records kRecords = [] {
  memory::Records records;
  for (const auto& [id, key] :
       {std::pair("c", integer(2)), std::pair("a", kNull), std::pair("d", integer(2)), std::pair("b", integer(1))}) {
    records[text(id)] = {{text(id), key}, 1};
  }
  return records;
}();

ListPlan sorted_by_key(bool descending) {
  ListPlan plan;
  plan.model = &two_fields();
  plan.sort = {{1, descending}, {0, descending}};
  return plan;
}

std::string order_of(const ListPlan& plan) {
  std::string out;
  for (const Value& id : ids_of(page_of(plan, kRecords).records)) out += id.text();
  return out;
}

}  // namespace

TEST_CASE("memory: null comes first when ascending and last when descending", "[engine]") {
  CHECK(order_of(sorted_by_key(false)) == "abcd");
  CHECK(order_of(sorted_by_key(true)) == "dcba");
}

TEST_CASE("memory: a page begins after the values of its cursor, null among them", "[engine]") {
  ListPlan plan = sorted_by_key(false);
  plan.after = {kNull, text("a")};
  CHECK(order_of(plan) == "bcd");
  plan.after = {kNull, text("")};
  CHECK(order_of(plan) == "abcd");
  plan.after = {integer(2), text("c")};
  CHECK(order_of(plan) == "d");
  plan = sorted_by_key(true);
  plan.after = {integer(1), text("b")};
  CHECK(order_of(plan) == "a");
  plan.after = {kNull, text("a")};
  CHECK(order_of(plan).empty());
}

TEST_CASE("memory: the total is of the whole filter, and more is said exactly when there is more", "[engine]") {
  ListPlan plan = sorted_by_key(false);
  plan.count_exact = true;
  plan.limit = 2;
  plan.after = {kNull, text("a")};
  const Listing page = page_of(plan, kRecords);
  CHECK(page.total == 4);
  CHECK(page.has_more);
  plan.limit = 3;
  CHECK_FALSE(page_of(plan, kRecords).has_more);
  plan.after.clear();
  plan.offset = 2;
  plan.limit = 2;
  CHECK(order_of(plan) == "cd");
  CHECK_FALSE(page_of(plan, kRecords).has_more);
}
