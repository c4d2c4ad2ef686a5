#include "model/record_json.h"

#include <catch2/catch.hpp>

#include "model/loader_rows.h"
#include "model/testing_nested.h"
#include "model/validator.h"

using namespace holdfast;

namespace {

const Model kOrders = testing::nested_model();

const Field& field(std::string_view name) {
  return kOrders.fields.at(*kOrders.ordinal(name));
}

Value text(const char* value) {
  return Value(std::string(value));
}

std::string stored(const Field& field, const Value& value) {
  std::string json;
  append_stored_json(json, field, value);
  return json;
}

std::string wire(const Field& field, const Value& value) {
  std::string json;
  append_json_value(json, field, value);
  return json;
}

// What the stored text says, as it would be answered; or the code.
std::string served(const Field& field, std::string_view json) {
  const Result<Value> value = parse_stored(field, json);
  return value ? wire(field, *value) : std::string(describe(value.error().code).name);
}

constexpr const char* kInvalid = "stored_value_invalid";

}  // namespace

TEST_CASE("record json: a stored array whose number is no finite double is not read", "[model]") {
  const Field numbers = field_of("{ type: array, items: { type: number } }");
  CHECK(parse_stored(numbers, "[1e308]")->array().front().number() == 1e308);
  CHECK(parse_stored(numbers, "[1e999]").error().code == Code::kStoredValueInvalid);
  CHECK(parse_stored(numbers, "[-1e999]").error().code == Code::kStoredValueInvalid);
}

TEST_CASE("record json: objects are answered with every member in order, decimals with their scale", "[model]") {
  const Value geo = Value::Array{Value(48.5), Value(Null{}), Value(Value::Array{text("a")})};
  const Value address = Value::Array{Value(Null{}), text("Nice"), text("FR"), Value(std::int64_t{12350}), geo, text(R"({"a":[1]})")};
  CHECK(wire(field("address"), address) ==
        R"({"street":null,"city":"Nice","country":"FR","rent":123.50,"geo":{"lat":48.5,"note":null,"tags":["a"]},"extra":{"a":[1]}})");
  const Value line = Value::Array{text("a\"b"), Value(std::int64_t{-2}), Value(std::int64_t{5}), Value(std::int64_t{0})};
  CHECK(wire(field("lines"), Value::Array{line}) == R"([{"sku":"a\"b","quantity":-2,"price":"0.05","at":"1970-01-01T00:00:00.000Z"}])");
  CHECK(wire(field("lines"), Value::Array{}) == "[]");
  CHECK(wire(field("address"), Null{}) == "null");
}

TEST_CASE("record json: the stored form differs in the decimals inside objects only, which are units", "[model]") {
  const Value line = Value::Array{text("a"), Value(std::int64_t{1}), Value(std::int64_t{-999'999'999'999'999'999}), Value(std::int64_t{0})};
  const Value lines = Value::Array{line, line};
  const std::string one = R"({"sku":"a","quantity":1,"price":-999999999999999999,"at":"1970-01-01T00:00:00.000Z"})";
  CHECK(stored(field("lines"), lines) == "[" + one + "," + one + "]");
  CHECK(parse_stored(field("lines"), stored(field("lines"), lines)).value() == lines);

  const Field inside = testing::object("o", {testing::list_of("sizes", testing::decimal("", 6, 1)), testing::plain("yes", Kind::kBoolean)});
  const Value object = Value::Array{Value(Value::Array{Value(std::int64_t{15})}), Value(true)};
  CHECK(stored(inside, object) == R"({"sizes":[15],"yes":true})");
  CHECK(parse_stored(inside, R"({"sizes":[15],"yes":true})").value() == object);

  // Files of earlier versions hold these.
  const Field sizes = testing::list_of("sizes", testing::decimal("", 6, 1));
  const Field masses = testing::list_of("masses", testing::decimal("", 18, 2));
  CHECK(stored(sizes, Value::Array{Value(std::int64_t{15})}) == "[1.5]");
  CHECK(served(sizes, "[1.5,2]") == "[1.5,2.0]");
  CHECK(stored(masses, Value::Array{Value(std::int64_t{150})}) == R"(["1.50"])");
  CHECK(served(masses, R"(["1.50"])") == R"(["1.50"])");
}

TEST_CASE("record json: what others stored is read where its types are right", "[model]") {
  const Field& address = field("address");
  CHECK(served(address, "{}") == R"({"street":null,"city":null,"country":null,"rent":null,"geo":null,"extra":null})");
  CHECK(served(address, R"( {"geo" : {"lat": 1e0, "more": [1e999]}, "rent": 1e2, "city": "far too long", "foreign": {"a": 1}} )") ==
        R"({"street":null,"city":"far too long","country":null,"rent":1.00,"geo":{"lat":1,"note":null,"tags":null},"extra":null})");
  CHECK(served(address, R"({"rent":123456789})") ==
        R"({"street":null,"city":null,"country":null,"rent":1234567.89,"geo":null,"extra":null})");
  CHECK(served(address, R"({"geo":null,"extra":{"$b":1,"a.b":2.50,"":{}}})") ==
        R"({"street":null,"city":null,"country":null,"rent":null,"geo":null,"extra":{"":{},"$b":1,"a.b":2.5}})");
  for (const char* wrong :
       {"", "null", "[]", "1", "\"{}\"", R"({"city":1})", R"({"rent":1.5})", R"({"rent":"1"})", R"({"rent":9223372036854775808})",
        R"({"geo":[]})", R"({"geo":{"lat":"1"}})", R"({"geo":{"tags":[null]}})", R"({"geo":{"tags":"a"}})", R"({"extra":[]})",
        R"({"extra":{"a":1e400}})", R"({"city":"a","city":"b"})", R"({"city":"a")", "{\"city\":\"\xFF\"}"}) {
    CAPTURE(wrong);
    CHECK(served(address, wrong) == kInvalid);
  }
}

TEST_CASE("record json: instants and elements of stored arrays are of their own form", "[model]") {
  const Field& lines = field("lines");
  CHECK(served(lines, R"([{"sku":"a"}])") == R"([{"sku":"a","quantity":null,"price":null,"at":null}])");
  for (const char* wrong :
       {R"([null])", R"([{"at":"1970-01-01T00:00:00Z"}])", R"([{"at":0}])", R"([[]])", R"({})", R"([{"quantity":1.5}])"}) {
    CAPTURE(wrong);
    CHECK(served(lines, wrong) == kInvalid);
  }
}

TEST_CASE("record json: free-form JSON that others stored is served in its canonical form, and so sorts and hashes as ours", "[model]") {
  CHECK(served(field("meta"), R"({ "b": 1.0, "a": {"d": -0, "c": []} })") == R"({"a":{"c":[],"d":0},"b":1})");
  CHECK(served(field("notes"), R"([{"b":1,"a":2},{}])") == R"([{"a":2,"b":1},{}])");
  CHECK(served(field("meta"), "[]") == kInvalid);
  CHECK(served(field("meta"), "{\"a\":" + std::string(900, '[') + std::string(900, ']') + "}").size() == 1806);
}

TEST_CASE("record json: write-only fields are neither answered nor part of the ETag", "[model]") {
  const Draft draft = validate(kOrders, parse_json(R"({"secret":"s3cret"})", 9).value(), BodyMode::kCreate);
  REQUIRE(draft.errors.empty());
  Record record{draft.values, 1};
  record.values.front() = text("0190a5b8-7c3e-7abc-8def-0123456789ab");
  record.values.back() = record.values[kOrders.created_at()] = Value(std::int64_t{0});
  std::string json;
  append_json(json, kOrders, record);
  CHECK(json.find("secret") == std::string::npos);
  CHECK(json.find("s3cret") == std::string::npos);
  CHECK(json.starts_with(R"({"id":"0190a5b8-7c3e-7abc-8def-0123456789ab","address":null,"lines":[],"meta":null,)"));
  CHECK(parse_json(json, 9)->members.size() == kOrders.fields.size() - 1);

  const std::string etag = etag_of(kOrders, record);
  record.values[*kOrders.ordinal("secret")] = text("other");
  CHECK(etag_of(kOrders, record) == etag);

  std::string chosen;
  const std::vector<std::size_t> ordinals{0, *kOrders.ordinal("meta"), *kOrders.ordinal("secret"), *kOrders.ordinal("room")};
  append_json(chosen, kOrders, record, ordinals);
  CHECK(chosen == R"({"id":"0190a5b8-7c3e-7abc-8def-0123456789ab","meta":null,"room":null})");
}
