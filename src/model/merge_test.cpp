#include "model/merge.h"

#include <catch2/catch.hpp>

#include "model/record_json.h"
#include "model/testing_nested.h"
#include "model/validator.h"

using namespace holdfast;

namespace {

const Model kOrders = testing::nested_model();

const Field& field(std::string_view name) {
  return kOrders.fields[*kOrders.ordinal(name)];
}

// What the patch makes of what is stored, as it would be answered; or "pointer code" of each failure, of the body or against what is
// stored.
std::string patched(std::string_view name, std::string_view stored, const std::string& patch) {
  const Draft draft = validate(kOrders, parse_json("{\"" + std::string(name) + "\":" + patch + "}", 64).value(), BodyMode::kPatch);
  const Value before = stored == "null" ? Value(Null{}) : parse_stored(field(name), stored).value();
  const Value& sent = draft.values[*kOrders.ordinal(name)];
  std::vector<FieldError> errors;
  check_required(field(name), "/" + std::string(name), before, sent, errors);
  std::string text;
  for (const FieldError& error : merge_errors(kOrders, draft.errors, errors)) text += error.pointer + " " + error.code + "\n";
  if (text.empty()) append_json_value(text, field(name), merged(field(name), before, sent));
  return text;
}

constexpr const char* kNice = R"({"street":"a","city":"Nice","country":"MC","rent":150,"geo":null,"extra":{"a":{"b":1},"c":[1]}})";
constexpr const char* kWithGeo =
    R"({"street":null,"city":"Nice","country":"MC","rent":null,"geo":{"lat":1,"note":null,"tags":["x"]},"extra":null})";

}  // namespace

TEST_CASE("merge: members that are sent change, the others stay", "[model]") {
  CHECK(patched("address", kNice, "{}") ==
        R"({"street":"a","city":"Nice","country":"MC","rent":1.50,"geo":null,"extra":{"a":{"b":1},"c":[1]}})");
  CHECK(patched("address", kNice, R"({"rent":"2","extra":{"a":{"d":2,"b":null},"e":null}})") ==
        R"({"street":"a","city":"Nice","country":"MC","rent":2.00,"geo":null,"extra":{"a":{"d":2},"c":[1]}})");
  CHECK(patched("address", kWithGeo, R"({"geo":{"tags":["y"]}})") ==
        R"({"street":null,"city":"Nice","country":"MC","rent":null,"geo":{"lat":1,"note":null,"tags":["y"]},"extra":null})");
  CHECK(patched("lines", R"([{"sku":"a","quantity":2,"price":null,"at":null}])", R"([{"sku":"b"}])") ==
        R"([{"sku":"b","quantity":1,"price":null,"at":null}])");
}

TEST_CASE("merge: null is the default, else null, and stays where the type lists it", "[model]") {
  CHECK(patched("address", kNice, R"({"street":null,"country":null,"rent":null,"extra":null})") ==
        R"({"street":null,"city":"Nice","country":"FR","rent":null,"geo":null,"extra":null})");
  CHECK(patched("address", kWithGeo, R"({"geo":{"note":null,"tags":null}})") ==
        R"({"street":null,"city":"Nice","country":"MC","rent":null,"geo":{"lat":1,"note":null,"tags":[]},"extra":null})");
  CHECK(patched("address", kWithGeo, R"({"geo":null})") ==
        R"({"street":null,"city":"Nice","country":"MC","rent":null,"geo":null,"extra":null})");
  CHECK(patched("address", kNice, "null") == "null");
  CHECK(patched("address", kNice, R"({"city":null})") == "/address/city required\n");
  CHECK(patched("address", kWithGeo, R"({"geo":{"lat":null}})") == "/address/geo/lat required\n");
}

TEST_CASE("merge: a null object is made anew, with defaults, and needs what is required", "[model]") {
  CHECK(patched("address", "null", R"({"city":"Nice"})") ==
        R"({"street":null,"city":"Nice","country":"FR","rent":null,"geo":null,"extra":null})");
  CHECK(patched("address", "null", "{}") == "/address/city required\n");
  CHECK(patched("address", "null", R"({"street":"a","geo":{}})") ==
        "/address/city required\n/address/geo/lat required\n/address/geo/note required\n");
  CHECK(patched("address", kNice, R"({"geo":{}})") == "/address/geo/lat required\n/address/geo/note required\n");
  CHECK(patched("address", kNice, R"({"geo":{"lat":2,"note":null}})") ==
        R"({"street":"a","city":"Nice","country":"MC","rent":1.50,"geo":{"lat":2,"note":null,"tags":[]},"extra":{"a":{"b":1},"c":[1]}})");
  CHECK(patched("address", "null", R"({"city":"Nice","extra":{"a":null,"b":{"c":null}}})") ==
        R"({"street":null,"city":"Nice","country":"FR","rent":null,"geo":null,"extra":{"b":{}}})");
}

TEST_CASE("merge: a member that failed is not told of twice", "[model]") {
  CHECK(patched("address", "null", R"({"city":1,"x":2})") == "/address/city type\n/address/x unknown_field\n");
  CHECK(patched("address", "null", R"({"city":null})") == "/address/city required\n");
  CHECK(patched("address", "null", R"({"geo":{"lat":"1"},"x":2})") ==
        "/address/city required\n/address/geo/lat type\n/address/geo/note required\n/address/x unknown_field\n");
  CHECK(patched("address", "null", "7") == "/address type\n");
}

TEST_CASE("merge: what others left out must be sent by whoever touches the object, unless null is a value of it", "[model]") {
  CHECK(patched("address", R"({"street":"a"})", R"({"street":"b"})") == "/address/city required\n");
  CHECK(patched("address", R"({"street":"a"})", R"({"city":"b"})") ==
        R"({"street":"a","city":"b","country":null,"rent":null,"geo":null,"extra":null})");
  CHECK(patched("address", R"({"city":"a","geo":{"lat":1}})", R"({"geo":{"tags":[]}})") ==
        R"({"street":null,"city":"a","country":null,"rent":null,"geo":{"lat":1,"note":null,"tags":[]},"extra":null})");
}

TEST_CASE("merge: free-form JSON is patched, and a null object of it begins empty", "[model]") {
  CHECK(patched("meta", "null", "{}") == "{}");
  CHECK(patched("meta", "null", R"({"a":null,"b":{"c":null,"d":1}})") == R"({"b":{"d":1}})");
  CHECK(patched("meta", R"({"a":1,"b":{"c":1}})", R"({"b":{"d":2},"a":null})") == R"({"b":{"c":1,"d":2}})");
  CHECK(patched("meta", R"({"a":1})", "null") == "null");
  CHECK(patched("meta", R"({"a":1})", R"({"a":{"$b":null}})") == "/meta/a/$b propertyNames\n");
}

TEST_CASE("merge: null puts a default in the place of what is stored, not on top of it", "[model]") {
  CHECK(patched("settings", R"({"theme":"dark","size":2})", "null") == R"({"theme":"light"})");
  CHECK(patched("settings", R"({"size":2})", R"({"size":null})") == "{}");
  CHECK(patched("options", R"({"size":9,"free":{"b":2}})", "null") == R"({"size":2,"free":{"a":1}})");
  CHECK(patched("options", R"({"size":9,"free":{"b":2}})", R"({"free":{"c":3}})") == R"({"size":9,"free":{"b":2,"c":3}})");
  CHECK(patched("options", "null", R"({"free":{"c":3}})") == R"({"size":null,"free":{"c":3}})");
}
