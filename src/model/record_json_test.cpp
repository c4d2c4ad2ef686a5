#include "model/record_json.h"

#include <catch2/catch.hpp>

#include "model/loader_rows.h"

using namespace holdfast;

TEST_CASE("record json: a stored array whose number is no finite double is not read", "[model]") {
  const Field numbers = field_of("{ type: array, items: { type: number } }");
  CHECK(parse_stored(numbers, "[1e308]")->array().front().number() == 1e308);
  CHECK(parse_stored(numbers, "[1e999]").error().code == Code::kStoredValueInvalid);
  CHECK(parse_stored(numbers, "[-1e999]").error().code == Code::kStoredValueInvalid);
}
