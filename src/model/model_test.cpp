#include "model/model.h"

#include <catch2/catch.hpp>
#include <stdexcept>

#include "model/pattern.h"

namespace holdfast {

namespace {

Model called(const std::string& name) {
  Model model;
  model.name = name;
  return model;
}

Field text_field(std::optional<std::int64_t> max_length, Format format = Format::kNone) {
  Field field;
  field.max_length = max_length;
  field.format = format;
  return field;
}

}  // namespace

TEST_CASE("model: fields are found by name", "[model]") {
  Model model;
  model.fields.resize(2);
  model.fields[0].name = "id";
  model.fields[1].name = "name";
  CHECK(model.ordinal("name") == 1);
  CHECK(model.ordinal("nam") == std::nullopt);
  CHECK(model.ordinal("") == std::nullopt);
}

TEST_CASE("model: lists go by createdAt, or by id without timestamps, latest first", "[model]") {
  Model model;
  model.fields.resize(4);
  CHECK(model.default_sort() == SortKey{0, true});
  model.timestamps = true;
  CHECK(model.default_sort() == SortKey{2, true});
}

TEST_CASE("catalog: finds models by name, in order of name, each name once", "[model]") {
  const Catalog catalog({called("users"), called("items"), called("orders")});
  CHECK(catalog.models().at(0).name == "items");
  CHECK(catalog.find("orders") == &catalog.models().at(1));
  CHECK(catalog.find("order") == nullptr);
  CHECK(catalog.find("zebras") == nullptr);
  CHECK(Catalog({}).find("items") == nullptr);
  CHECK_THROWS_AS(Catalog({called("items"), called("users"), called("items")}), std::invalid_argument);
}

TEST_CASE("value: null sorts first, false before true, numbers by value, text by code point", "[model]") {
  CHECK(compare(Null{}, Null{}) == 0);
  CHECK(compare(Null{}, Value(std::int64_t{-5})) < 0);
  CHECK(compare(Value(false), Null{}) > 0);
  CHECK(compare(Value(false), Value(true)) < 0);
  CHECK(compare(Value(std::int64_t{2}), Value(std::int64_t{10})) < 0);
  CHECK(compare(Value(INT64_MIN), Value(INT64_MAX)) < 0);
  CHECK(compare(Value(-0.5), Value(0.25)) < 0);
  CHECK(compare(Value(std::string("Z")), Value(std::string("a"))) < 0);
  CHECK(compare(Value(std::string("a")), Value(std::string("a"))) == 0);
  CHECK(compare(Value(std::string("a")), Value(std::string("ab"))) < 0);
  CHECK(compare(Value(std::string("zz")), Value(std::string("é"))) < 0);
  CHECK(compare(Value(std::string("\uFFFD")), Value(std::string("\U0001F600"))) < 0);  // UTF-16 would say the opposite
}

TEST_CASE("value: arrays are compared element by element, then by length", "[model]") {
  const auto array = [](std::initializer_list<std::int64_t> items) { return Value(Value::Array(items.begin(), items.end())); };
  CHECK(compare(array({1, 2}), array({1, 3})) < 0);
  CHECK(compare(array({1, 2}), array({1})) > 0);
  CHECK(compare(array({1, 2}), array({1, 2})) == 0);
}

TEST_CASE("field: the longest value is that of the enum, the format or maxLength", "[model]") {
  CHECK(text_field(std::nullopt).longest() == std::nullopt);
  CHECK(text_field(100).longest() == 100);
  CHECK(text_field(std::nullopt, Format::kUuid).longest() == 36);
  CHECK(text_field(std::nullopt, Format::kEmail).longest() == 254);
  CHECK(text_field(100, Format::kEmail).longest() == 100);
  CHECK(text_field(std::nullopt, Format::kUri).longest() == std::nullopt);
  Field field;
  field.enumeration = {"a", "été", "bb"};
  CHECK(field.longest() == 3);
  field = {};
  field.kind = Kind::kDate;
  CHECK(field.longest() == 10);
  field.kind = Kind::kDateTime;
  CHECK(field.longest() == 24);
  field.kind = Kind::kInteger;
  CHECK(field.longest() == std::nullopt);
}

TEST_CASE("pattern: is unanchored, counts code points, and refuses what is not linear", "[model]") {
  CHECK(Pattern("b+").matches("abbc"));
  CHECK_FALSE(Pattern("^b").matches("abb"));
  CHECK(Pattern("^.$").matches("é"));
  CHECK(Pattern("^[à-üt]{3}$").matches("été"));
  CHECK(Pattern("").matches(""));
  CHECK(Pattern("(a*)*$").matches(std::string(100'000, 'a') + "b"));  // a backtracking engine would not come back
  CHECK(Pattern("x").text() == "x");
  CHECK_THROWS_AS(Pattern("(?=a)"), std::invalid_argument);
  CHECK_THROWS_AS(Pattern("(a)\\1"), std::invalid_argument);
  CHECK_THROWS_AS(Pattern("[a"), std::invalid_argument);
}

}  // namespace holdfast
