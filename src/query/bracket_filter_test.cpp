#include <catch2/catch.hpp>

#include "query/filter_parser.h"
#include "query/testing_filter_text.h"
#include "query/testing_model.h"

using namespace holdfast;

namespace {

const Model kModel = testing::wide_model();

std::string parsed(std::string_view field, std::string_view op, std::string_view value) {
  return testing::text_of(kModel, parse_bracket_filter(kModel, *kModel.ordinal(field), op, value));
}

}  // namespace

TEST_CASE("bracket filter: every operator", "[query]") {
  CHECK(parsed("price", "gte", "10") == "price gte 1000");
  CHECK(parsed("price", "gt", "10") == "price gt 1000");
  CHECK(parsed("price", "lt", "10") == "price lt 1000");
  CHECK(parsed("price", "lte", "10") == "price lte 1000");
  CHECK(parsed("name", "eq", "a,b") == "name = \"a,b\"");
  CHECK(parsed("name", "ne", "") == "name != \"\"");
  CHECK(parsed("name", "like", "a%") == "name like \"a%\"");
  CHECK(parsed("name", "ilike", "a%") == "name ilike \"a%\"");
  CHECK(parsed("name", "prefix", "a") == "name prefix \"a\"");
  CHECK(parsed("tags", "has", "a,b") == "tags has \"a,b\"");
  CHECK(parsed("tags", "hasAny", "a,b") == "tags hasAny \"a\" \"b\"");
  CHECK(parsed("tags", "hasAll", "a,b") == "tags hasAll \"a\" \"b\"");
  CHECK(parsed("count", "in", "1,2") == "count in 1 2");
  CHECK(parsed("count", "nin", "1,2") == "count nin 1 2");
  CHECK(parsed("count", "between", "1,2") == "(count gte 1 and count lte 2)");
  CHECK(parsed("count", "null", "true") == "count null true");
}

TEST_CASE("bracket filter: lists have commas between values, a backslash escapes a comma and itself only", "[query]") {
  CHECK(parsed("name", "in", "") == "never");
  CHECK(parsed("name", "nin", "") == "always");
  CHECK(parsed("name", "in", ",") == "name in \"\" \"\"");
  CHECK(parsed("name", "in", "a\\,b,c") == "name in \"a,b\" \"c\"");
  CHECK(parsed("name", "in", "a\\\\,b") == "name in \"a\\\" \"b\"");
  CHECK(parsed("name", "in", "a\\nb\\") == "name in \"a\\nb\\\"");
  CHECK(parsed("soldAt", "in", "2026-01-01T02:00:00 02:00,2026-01-01T00:00:00Z") == "soldAt in 1767225600000 1767225600000");
}

TEST_CASE("bracket filter: errors name field, operator, value and the expected type", "[query]") {
  CHECK(parsed("price", "gte", "abc") == "invalid_parameter: price[gte] must be a decimal; got \"abc\".");
  CHECK(parsed("count", "in", "1,x,3") == "invalid_parameter: Each value of count[in] must be an integer; got \"x\".");
  CHECK(parsed("count", "between", "1") == "invalid_parameter: count[between] takes exactly two values, not 1.");
  CHECK(parsed("price", "gtee", "1") == "unknown_parameter: `price[…]` names an unknown operator, \"gtee\". Did you mean `gte`?");
  CHECK(parsed("price", "GTE", "1") == "unknown_parameter: `price[…]` names an unknown operator, \"GTE\". Did you mean `gte`?");
  CHECK(parsed("price", "", "1") == "unknown_parameter: `price[…]` names an unknown operator, \"\".");
  CHECK(parsed("tags", "eq", "bio") ==
        "invalid_parameter: `tags` does not take `eq`; it takes has, hasAny, hasAll, null. To find an element write `tags[has]=…`.");
  CHECK(parsed("id", "gt", "1") == "invalid_parameter: `id` does not take `gt`; it takes eq, ne, in, nin.");
}

TEST_CASE("bracket filter: the lists of a request share 1,000 values", "[query]") {
  std::string six_hundred = "1";
  for (int i = 1; i < 600; ++i) six_hundred += ",1";
  FilterUse use;
  const std::size_t count = *kModel.ordinal("count");
  CHECK(parse_bracket_filter(kModel, count, "in", six_hundred, use).has_value());
  CHECK(testing::text_of(kModel, parse_bracket_filter(kModel, count, "nin", six_hundred, use)) ==
        "invalid_parameter: The lists of a request take at most 1,000 values together; count[nin] exceeds that.");
}
