#include "query/condition_builder.h"

#include <catch2/catch.hpp>

#include <algorithm>

#include "query/testing_filter_text.h"
#include "query/testing_model.h"

using namespace holdfast;

namespace {

const Model kModel = testing::wide_model();
const Model kNested = testing::orders_model();

std::string built(const Model& model, std::string_view field, std::string_view op, std::vector<std::string> texts) {
  const auto filter = build_condition(model, *model.queryable(field), *comparison_named(op), texts, Spelling::kBracket);
  if (filter) return testing::text_of(model, *filter);
  return "refused: " + filter.error().expectation;
}
std::string built(std::string_view field, std::string_view op, std::vector<std::string> texts) {
  return built(kModel, field, op, std::move(texts));
}

// The operators of a field, as a line.
std::string operators_of(std::string_view field, const Model& model = kModel) {
  std::string known;
  for (const std::string_view name : comparison_names()) {
    if (has_comparison(model.field(*model.queryable(field)), *comparison_named(name)))
      known += (known.empty() ? "" : " ") + std::string(name);
  }
  return known;
}

}  // namespace

TEST_CASE("condition: every kind of field has its operators and no others", "[query]") {
  const std::string ordered = "eq ne gt gte lt lte in nin between null";
  CHECK(operators_of("id") == "eq ne in nin");
  CHECK(operators_of("name") == "eq ne gt gte lt lte in nin like ilike prefix between null");
  CHECK(operators_of("email") == operators_of("name"));
  CHECK(operators_of("category") == "eq ne in nin null");
  CHECK(operators_of("isActive") == "eq ne in nin null");
  CHECK(operators_of("tags") == "has hasAny hasAll null");
  for (const char* field : {"price", "count", "ratio", "token", "soldAt", "day", "createdAt", "updatedAt"}) {
    CAPTURE(field);
    CHECK(operators_of(field) == ordered);
  }
}

TEST_CASE("condition: members of objects have the operators of their kind, what is no scalar has null only", "[query]") {
  const std::string ordered = "eq ne gt gte lt lte in nin between null";
  CHECK(operators_of("address.city", kNested) == operators_of("name"));
  CHECK(operators_of("address.fee", kNested) == ordered);
  CHECK(operators_of("address.primary", kNested) == "eq ne in nin null");
  CHECK(operators_of("address.place.latitude", kNested) == ordered);
  CHECK(operators_of("tags", kNested) == "has hasAny hasAll null");
  for (const char* field : {"address", "address.place", "address.phones", "address.extra", "meta", "lines", "blobs"}) {
    CAPTURE(field);
    CHECK(operators_of(field, kNested) == "null");
  }
}

TEST_CASE("condition: references take equality, lists and null, whatever the id they hold", "[query]") {
  for (const char* field : {"owner", "batch", "shop", "label"}) {
    CAPTURE(field);
    CHECK(operators_of(field, kNested) == "eq ne in nin null");
  }
  CHECK(built(kNested, "owner", "eq", {"0190a5b8-7c3e-7abc-8def-0123456789ab"}) == "owner = \"0190a5b8-7c3e-7abc-8def-0123456789ab\"");
  CHECK(built(kNested, "owner", "in", {"x"}).starts_with("refused: Each value of owner[in] must be "));
  CHECK(built(kNested, "batch", "in", {"1", "2e0"}) == "batch in 1 2");
  CHECK(built(kNested, "batch", "eq", {"a"}).starts_with("refused: batch[eq] must be "));
  CHECK(built(kNested, "owner", "null", {"true"}) == "owner null true");
}

TEST_CASE("condition: values of references are read as ids are, in any case", "[query]") {
  CHECK(built(kNested, "owner", "eq", {"0190A5B8-7C3E-7ABC-8DEF-0123456789AB"}) == "owner = \"0190a5b8-7c3e-7abc-8def-0123456789ab\"");
  CHECK(built(kNested, "shop", "ne", {"507F1F77BCF86CD799439011"}) == "shop != \"507f1f77bcf86cd799439011\"");
  CHECK(built(kNested, "shop", "ne", {"507f"}).starts_with("refused: shop[ne] must be "));
  CHECK(built(kNested, "label", "eq", {"A.b~c"}) == "label = \"A.b~c\"");
  CHECK(built(kNested, "label", "eq", {"a b"}).starts_with("refused: label[eq] must be "));
}

TEST_CASE("condition: a path is named whole, and its value read as the member's kind", "[query]") {
  CHECK(built(kNested, "address.city", "prefix", {"Ly"}) == "address.city prefix \"Ly\"");
  CHECK(built(kNested, "address.fee", "gte", {"1.5"}) == "address.fee gte 150");
  CHECK(built(kNested, "address.fee", "eq", {"1.999"}) == "never");
  CHECK(built(kNested, "address.place.latitude", "between", {"1", "2"}) ==
        "(address.place.latitude gte 1.000000 and address.place.latitude lte 2.000000)");
  CHECK(built(kNested, "address.primary", "eq", {"1"}) == "refused: address.primary[eq] must be true or false");
  CHECK(built(kNested, "address", "null", {"true"}) == "address null true");
  CHECK(built(kNested, "meta", "null", {"maybe"}) == "refused: meta[null] must be true or false");
}

TEST_CASE("condition: what a field lacks is said with what it has", "[query]") {
  const auto refused = [](std::string_view field, std::string_view op) {
    return lacking(kNested.field(*kNested.queryable(field)), *comparison_named(op), Spelling::kBracket);
  };
  CHECK(refused("address", "eq") == "`address` does not take `eq`; it takes null.");
  CHECK(refused("address.phones", "has") == "`address.phones` does not take `has`; it takes null.");
  CHECK(refused("lines", "has") == "`lines` does not take `has`; it takes null.");
  CHECK(refused("owner", "gt") == "`owner` does not take `gt`; it takes eq, ne, in, nin, null.");
  CHECK(refused("tags", "eq").ends_with("it takes has, hasAny, hasAll, null. To find an element write `tags[has]=…`."));
}

TEST_CASE("condition: names to suggest are those that can be asked for", "[query]") {
  const std::vector<std::string_view> names = queryable_names(kNested);
  for (const std::string_view name : names) {
    CAPTURE(name);
    CHECK(kNested.queryable(name).has_value());
    CHECK(name.find("secret") == std::string_view::npos);
    CHECK_FALSE(name.starts_with("vault"));
  }
  CHECK(std::count(names.begin(), names.end(), "address.place.latitude") == 1);
  CHECK(names.size() == 4 + 8 + 8);  // id, timestamps, address with all it holds; meta to label
}

TEST_CASE("condition: values are read as the field's kind and no other", "[query]") {
  CHECK(built("name", "eq", {""}) == "name = \"\"");
  CHECK(built("count", "eq", {"12"}) == "count = 12");
  CHECK(built("count", "eq", {"1.20e1"}) == "count = 12");
  CHECK(built("count", "eq", {"-0"}) == "count = 0");
  CHECK(built("count", "lte", {"9223372036854775807"}) == "count lte 9223372036854775807");
  CHECK(built("count", "lte", {"9223372036854775808"}) == "refused: count[lte] must be an integer");
  CHECK(built("count", "eq", {"1.5"}) == "refused: count[eq] must be an integer");
  CHECK(built("count", "eq", {"+1"}) == "refused: count[eq] must be an integer");
  CHECK(built("count", "eq", {""}) == "refused: count[eq] must be an integer");
  CHECK(built("ratio", "gt", {"1e999"}) == "refused: ratio[gt] must be a number");
  CHECK(built("ratio", "gt", {".5"}) == "refused: ratio[gt] must be a number");
  CHECK(built("isActive", "eq", {"true"}) == "isActive = true");
  CHECK(built("isActive", "eq", {"1"}) == "refused: isActive[eq] must be true or false");
  CHECK(built("isActive", "eq", {"TRUE"}) == "refused: isActive[eq] must be true or false");
  CHECK(built("day", "gte", {"2024-02-29"}) == "day gte \"2024-02-29\"");
  CHECK(built("day", "gte", {"2023-02-29"}) == "refused: day[gte] must be a date such as 2026-01-31");
  CHECK(built("category", "eq", {"livre"}) == "category = \"livre\"");
  CHECK(built("category", "eq", {"livres"}) == "refused: category[eq] must be one of electronique, vetement, livre, autre");
  CHECK(built("price", "gte", {"abc"}) == "refused: price[gte] must be a decimal");
  CHECK(built("price", "in", {"1", "x"}) == "refused: Each value of price[in] must be a decimal");
  CHECK(built("price", "null", {"yes"}) == "refused: price[null] must be true or false");
  CHECK(built("tags", "null", {"false"}) == "tags null false");
}

TEST_CASE("condition: instants may have any offset, and lose its plus to the query string", "[query]") {
  const std::string expected = "soldAt gte 1767225600000";
  for (const char* text :
       {"2026-01-01T00:00:00Z", "2026-01-01t02:00:00+02:00", "2026-01-01T02:00:00.000 02:00", "2025-12-31T19:00:00-05:00"}) {
    CAPTURE(text);
    CHECK(built("soldAt", "gte", {text}) == expected);
  }
  for (const char* text :
       {"2026-01-01 00:00:00Z", "2026-01-01", "2026-01-01T00:00:00", "2026-01-01T00:00:60Z", "2026-01-01T00:00:00.0001Z"}) {
    CAPTURE(text);
    CHECK(built("soldAt", "gte", {text}) == "refused: soldAt[gte] must be a date-time such as 2026-01-31T12:00:00Z");
  }
}

TEST_CASE("condition: ids are read in any case and asked for in stored form", "[query]") {
  CHECK(built("id", "eq", {"0190A5B8-7C3E-7ABC-8DEF-0123456789AB"}) == "id = \"0190a5b8-7c3e-7abc-8def-0123456789ab\"");
  CHECK(built("id", "in", {"x"}) == "refused: Each value of id[in] must be a uuid");
  const Model orders = testing::model_of("orders", IdKind::kObjectId, {}, false);
  CHECK(built(orders, "id", "ne", {"507F1F77BCF86CD799439011"}) == "id != \"507f1f77bcf86cd799439011\"");
  CHECK(built(orders, "id", "ne", {"507f"}) == "refused: id[ne] must be an id of this collection");
  const Model numbers = testing::model_of("numbers", IdKind::kInteger, {}, false);
  CHECK(built(numbers, "id", "in", {"1", "2"}) == "id in 1 2");
  CHECK(built(numbers, "id", "eq", {"a"}) == "refused: id[eq] must be an integer");
}

TEST_CASE("condition: decimals compare exactly at any scale", "[query]") {
  CHECK(built("price", "eq", {"45.5"}) == "price = 4550");
  CHECK(built("price", "gte", {"45.500e0"}) == "price gte 4550");
  CHECK(built("price", "eq", {"-0.00"}) == "price = 0");

  CHECK(built("price", "eq", {"1.999"}) == "never");
  CHECK(built("price", "ne", {"1.999"}) == "always");
  CHECK(built("price", "gt", {"1.999"}) == "price gt 199");
  CHECK(built("price", "gte", {"1.999"}) == "price gt 199");
  CHECK(built("price", "lt", {"1.999"}) == "price lte 199");
  CHECK(built("price", "lte", {"1.999"}) == "price lte 199");
  CHECK(built("price", "gte", {"-0.001"}) == "price gt -1");
  CHECK(built("price", "lt", {"-0.001"}) == "price lte -1");
  CHECK(built("price", "in", {"1.999", "2", "3.001"}) == "price in 200");
  CHECK(built("price", "in", {"1.999"}) == "never");
  CHECK(built("price", "nin", {"1.999", "2"}) == "price nin 200");
  CHECK(built("price", "nin", {"1.999"}) == "always");
  CHECK(built("price", "between", {"1.999", "2.001"}) == "(price gt 199 and price lte 200)");
}

TEST_CASE("condition: decimals beyond the range are above or below every value, but null satisfies no comparison", "[query]") {
  CHECK(built("price", "lt", {"1e30"}) == "price null false");
  CHECK(built("price", "lte", {"1e30"}) == "price null false");
  CHECK(built("price", "gt", {"1e30"}) == "never");
  CHECK(built("price", "gte", {"1e30"}) == "never");
  CHECK(built("price", "gt", {"-1e30"}) == "price null false");
  CHECK(built("price", "gte", {"-1e30"}) == "price null false");
  CHECK(built("price", "lt", {"-1e30"}) == "never");
  CHECK(built("price", "lte", {"-1e30"}) == "never");
  CHECK(built("price", "eq", {"1e30"}) == "never");
  CHECK(built("price", "ne", {"-1e30"}) == "always");
  CHECK(built("price", "in", {"1e30", "1"}) == "price in 100");
  CHECK(built("price", "between", {"-1e30", "1e30"}) == "(price null false and price null false)");
}

TEST_CASE("condition: elements of arrays are exact too", "[query]") {
  CHECK(built("sizes", "has", {"1.5"}) == "sizes has 15");
  CHECK(built("sizes", "has", {"1.55"}) == "never");
  CHECK(built("sizes", "hasAny", {"1.55", "2"}) == "sizes hasAny 20");
  CHECK(built("sizes", "hasAll", {"1.55", "2"}) == "never");
  CHECK(built("tags", "has", {" bio "}) == "tags has \"bio\"");
}

TEST_CASE("condition: empty lists and the empty prefix mean what they say", "[query]") {
  CHECK(built("name", "in", {}) == "never");
  CHECK(built("name", "nin", {}) == "always");
  CHECK(built("tags", "hasAny", {}) == "never");
  CHECK(built("tags", "hasAll", {}) == "tags null false");
  CHECK(built("name", "prefix", {""}) == "name null false");
  CHECK(built("name", "prefix", {"Cas"}) == "name prefix \"Cas\"");
  CHECK(built("count", "between", {"1"}) == "refused: count[between] takes exactly two values, not 1");
  CHECK(built("count", "between", {"1", "2", "3"}) == "refused: count[between] takes exactly two values, not 3");
  CHECK(built("count", "between", {"5", "1"}) == "(count gte 5 and count lte 1)");
}

TEST_CASE("condition: the field's transforms apply to equality and to nothing else", "[query]") {
  CHECK(built("code", "eq", {"  AbÇ "}) == "code = \"abç\"");
  CHECK(built("code", "ne", {"A"}) == "code != \"a\"");
  CHECK(built("code", "in", {"A ", "b"}) == "code in \"a\" \"b\"");
  CHECK(built("code", "nin", {"A"}) == "code nin \"a\"");
  CHECK(built("code", "gt", {"A "}) == "code gt \"A \"");
  CHECK(built("code", "prefix", {"A"}) == "code prefix \"A\"");
  CHECK(built("code", "like", {"A%"}) == "code like \"A%\"");
}

TEST_CASE("condition: patterns end whole and have at most 500 characters", "[query]") {
  CHECK(built("name", "like", {"a\\\\"}) == "name like \"a\\\\\"");
  CHECK(built("name", "like", {"a\\"}) == "refused: name[like] must not end in a lone `\\`");
  CHECK(built("name", "ilike", {"\\"}) == "refused: name[ilike] must not end in a lone `\\`");
  CHECK(built("name", "like", {"\\\\\\"}) == "refused: name[like] must not end in a lone `\\`");
  std::string longest;
  for (int i = 0; i < 500; ++i) longest += "é";
  CHECK(built("name", "like", {longest}) == "name like \"" + longest + "\"");
  CHECK(built("name", "like", {longest + "x"}) == "refused: name[like] must be a pattern of at most 500 characters");
}

TEST_CASE("condition: a long value is shown cut between characters", "[query]") {
  CHECK(shown("abc") == "\"abc\"");
  CHECK(shown("a" + std::string(40, '-') + std::string(20'000, 'x')).size() < 100);
  std::string accents;
  for (int i = 0; i < 100; ++i) accents += "é";
  CHECK(shown("x" + accents).ends_with("é…\""));
}
