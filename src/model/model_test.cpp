#include "model/model.h"

#include <catch2/catch.hpp>
#include <stdexcept>

#include "model/pattern.h"
#include "model/testing_nested.h"

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

TEST_CASE("model: members of objects have ordinals behind the fields, outer ones first", "[model]") {
  const Model model = testing::nested_model();
  REQUIRE(model.nested.size() == 6 + 3 + 2 + 2);  // address, geo, options, seal
  const std::size_t lat = model.queryable("address.geo.lat").value();
  CHECK(lat >= model.fields.size());
  CHECK(model.field(lat).name == "address.geo.lat");
  CHECK(model.field(lat).column == "address");
  CHECK(model.field(lat).kind == Kind::kNumber);
  CHECK(model.field(lat).admits_null);  // it is required, but the objects around it may be null
  CHECK(model.holder(lat) == 1);
  CHECK(model.holder(2) == 2);
  CHECK(model.queryable("address.geo").value() < lat);
  CHECK(model.queryable("address") == 1);
  CHECK(model.queryable("secret") == std::nullopt);
  CHECK(model.ordinal("address.city") == std::nullopt);
  for (const char* none : {"address.", "address.zip", "city", "lines.sku", "lines.0.sku", "address.geo.lat.x", ".address", "meta.a"}) {
    CHECK(model.queryable(none) == std::nullopt);
  }
}

TEST_CASE("model: a member of a write-only object cannot be queried", "[model]") {
  Model model = testing::nested_model();
  model.fields[1].write_only = true;
  model.flatten();
  CHECK(model.queryable("address.city") == std::nullopt);
  CHECK(model.queryable("options.size").has_value());
}

TEST_CASE("model: the value of a member is null when anything on the way is", "[model]") {
  const Model model = testing::nested_model();
  const std::size_t lat = model.queryable("address.geo.lat").value();
  Record record;
  record.values.resize(model.fields.size());
  CHECK(model.value_of(record, lat).is_absent());
  record.values[1] = Null{};
  CHECK(model.value_of(record, lat).is_null());
  Value::Array address(6, Value(Null{}));
  record.values[1] = Value(address);
  CHECK(model.value_of(record, lat).is_null());
  address[4] = Value(Value::Array{Value(1.5), Null{}, Null{}});
  record.values[1] = Value(address);
  CHECK(model.value_of(record, lat) == Value(1.5));
  CHECK(model.value_of(record, 1) == Value(address));
}

TEST_CASE("catalog: tells all references, and refuses a reference to none", "[model]") {
  Model users = called("users");
  users.fields = {testing::reference("boss", "users", Kind::kString, Format::kUuid)};
  Model items = called("items");
  items.fields = {testing::plain("a", Kind::kString), testing::reference("owner", "users", Kind::kString, Format::kUuid),
                  testing::reference("maker", "users", Kind::kString, Format::kUuid)};
  const Catalog catalog({users, items, called("rooms")});
  const auto& references = catalog.references();
  REQUIRE(references.size() == 3);
  CHECK((references[0].model == catalog.find("items") && references[0].field == 1));
  CHECK((references[1].model == catalog.find("items") && references[1].field == 2));
  CHECK((references[2].model == catalog.find("users") && references[2].field == 0));
  for (const Reference& reference : references) CHECK(reference.target == catalog.find("users"));
  CHECK_THROWS_AS(Catalog({items}), std::invalid_argument);
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
  CHECK(text_field(std::nullopt, Format::kObjectId).longest() == 24);
  CHECK(text_field(std::nullopt, Format::kTextId).longest() == 100);
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
