#include <catch2/catch.hpp>

#include "model/record_json.h"
#include "model/testing_nested.h"
#include "model/validator.h"

using namespace holdfast;

namespace {

const Model kOrders = testing::nested_model();
constexpr const char* kId = "0190a5b8-7c3e-7abc-8def-0123456789ab";

Draft read(std::string_view body, BodyMode mode = BodyMode::kCreate) {
  return validate(kOrders, parse_json(body, 64).value(), mode);
}

// "pointer code limit" of each failure.
std::string failures(const std::vector<FieldError>& errors) {
  std::string text;
  for (const FieldError& error : errors) text += error.pointer + " " + error.code + (error.limit.empty() ? "" : " " + error.limit) + "\n";
  return text;
}

// Failures of a member beside the one that is required.
std::string of(const std::string& member, BodyMode mode = BodyMode::kCreate) {
  return failures(read(R"({"secret":"x",)" + member + "}", mode).errors);
}

const Field& field(std::string_view name) {
  return kOrders.fields[*kOrders.ordinal(name)];
}

const Value& at(const Draft& draft, std::string_view name) {
  return draft.values[*kOrders.ordinal(name)];
}

// What a sound member becomes, as it would be answered.
std::string becomes(std::string_view name, const std::string& json, BodyMode mode = BodyMode::kCreate) {
  const Draft draft = read(R"({"secret":"x",")" + std::string(name) + "\":" + json + "}", mode);
  if (!draft.errors.empty()) return failures(draft.errors);
  if (at(draft, name).is_absent()) return "absent";
  std::string text;
  append_json_value(text, field(name), at(draft, name));
  return text;
}

}  // namespace

TEST_CASE("nested: members that are not sent become their default, else null; {} is an object", "[model]") {
  CHECK(becomes("address", R"({"city":"Nice"})") == R"({"street":null,"city":"Nice","country":"FR","rent":null,"geo":null,"extra":null})");
  CHECK(becomes("address", R"({"extra":{"b":1,"a":{}},"geo":{"note":null,"lat":1},"rent":"1.5","city":"é","street":null})") ==
        R"({"street":null,"city":"é","country":"FR","rent":1.50,"geo":{"lat":1,"note":null,"tags":[]},"extra":{"a":{},"b":1}})");
  CHECK(becomes("lines", R"([{"sku":"a"},{"sku":"b","quantity":2e0,"price":1,"at":"2026-01-01T01:00:00+01:00"}])") ==
        R"([{"sku":"a","quantity":1,"price":null,"at":null},{"sku":"b","quantity":2,"price":"1.00","at":"2026-01-01T00:00:00.000Z"}])");
  const Draft draft = read(R"({"secret":"x"})");
  CHECK(draft.errors.empty());
  CHECK(at(draft, "address").is_null());
  CHECK(at(draft, "meta").is_null());
  CHECK(at(draft, "settings") == Value(std::string(R"({"theme":"light"})")));
  CHECK(at(draft, "options").array().size() == 2);
  CHECK(at(draft, "lines") == Value(Value::Array{}));
}

TEST_CASE("nested: every failure has its pointer, in model order, unknown members behind the declared ones of their object", "[model]") {
  CHECK(of(R"("foo":1,"address":{"zip":1,"a/b":2,"geo":{"x":1,"tags":[1,"a",null],"lat":true},"rent":0.001,"city":"Paris!","street":5},)"
           R"("meta":[],"lines":[{"quantity":"2","sku":"abcd","colour":1},7,null,{}])") ==
        "/address/street type \"string\"\n"
        "/address/city maxLength 5\n"
        "/address/rent scale 2\n"
        "/address/geo/lat type \"number\"\n"
        "/address/geo/note required\n"
        "/address/geo/tags/0 type \"string\"\n"
        "/address/geo/tags/2 type \"string\"\n"
        "/address/geo/x unknown_field\n"
        "/address/zip unknown_field\n"
        "/address/a~1b unknown_field\n"
        "/lines maxItems 3\n"
        "/lines/0/sku maxLength 3\n"
        "/lines/0/quantity type \"integer\"\n"
        "/lines/0/colour unknown_field\n"
        "/lines/1 type \"object\"\n"
        "/lines/2 type \"object\"\n"
        "/lines/3/sku required\n"
        "/meta type \"object\"\n"
        "/foo unknown_field\n");
}

TEST_CASE("nested: an object is an object, and a dotted name is no member", "[model]") {
  for (const char* wrong : {"1", "\"a\"", "[]", "true"}) CHECK(of(std::string("\"address\":") + wrong) == "/address type \"object\"\n");
  CHECK(of(R"("address.city":"Nice")") == "/address.city unknown_field\n");
  CHECK(of(R"("address":{"city":"Nice","geo.lat":1})") == "/address/geo.lat unknown_field\n");
  CHECK(of(R"("lines":{})") == "/lines type \"array\"\n");
}

TEST_CASE("nested: null is admitted inside an object as outside", "[model]") {
  CHECK(of(R"("address":null,"meta":null)").empty());
  CHECK(of(R"("settings":null,"options":null,"lines":null)") ==
        "/lines type \"array\"\n/settings type \"object\"\n/options type \"object\"\n");
  CHECK(of(R"("address":{"street":null,"city":null,"country":null,"geo":{"lat":null,"note":null,"tags":null}})") ==
        "/address/city type \"string\"\n/address/country type \"string\"\n/address/geo/lat type \"number\"\n/address/geo/tags type "
        "\"array\"\n");
  CHECK(of(R"("lines":[{"sku":null,"quantity":null,"price":null}])") ==
        "/lines/0/sku type \"string\"\n/lines/0/quantity type \"integer\"\n");
}

TEST_CASE("nested: equal objects are the same item, those that failed are not compared", "[model]") {
  CHECK(of(R"("lines":[{"sku":"a"},{"quantity":1,"sku":"a"}])") == "/lines uniqueItems true\n");
  CHECK(of(R"("lines":[{"sku":"a"},{"sku":"a","quantity":2}])").empty());
  CHECK(of(R"("lines":[{"sku":1},{"sku":2}])") == "/lines/0/sku type \"string\"\n/lines/1/sku type \"string\"\n");
}

TEST_CASE("free-form in bodies: canonical, or refused where it stands", "[model]") {
  CHECK(becomes("meta", R"({"b":1.0,"a":[1e2,{"z":null,"y":1}]})") == R"({"a":[100,{"y":1,"z":null}],"b":1})");
  CHECK(of(R"("meta":{"$a":1,"n":[1e400]},"notes":[{},{"":1},1])") ==
        "/meta/$a propertyNames\n/meta/n/0 type \"number\"\n/notes/1/ propertyNames\n/notes/2 type \"object\"\n");
  CHECK(of(R"("address":{"city":"a","extra":{"a.b":1}})") == "/address/extra/a.b propertyNames\n");
}

TEST_CASE("patch: members that are not sent stay absent, at every level", "[model]") {
  const Draft draft = read(R"({"address":{"geo":{"tags":["a"]},"extra":{"b":null,"a":1}},"meta":{"x":null}})", BodyMode::kPatch);
  CHECK(draft.errors.empty());
  const Value::Array& address = at(draft, "address").array();
  CHECK(address[0].is_absent());
  CHECK(address[1].is_absent());
  CHECK(address[2].is_absent());
  const Value::Array& geo = address[4].array();
  CHECK(geo[0].is_absent());
  CHECK(geo[2] == Value(Value::Array{Value(std::string("a"))}));
  CHECK(address[5] == Value(std::string(R"({"a":1,"b":null})")));
  CHECK(at(draft, "meta") == Value(std::string(R"({"x":null})")));
  CHECK(at(draft, "lines").is_absent());
}

TEST_CASE("patch: null removes inside an object too, what is required stays, and items are whole", "[model]") {
  CHECK(failures(read(R"({"address":{"city":null,"geo":{"lat":null,"note":null},"x":1}})", BodyMode::kPatch).errors) ==
        "/address/city required\n/address/geo/lat required\n/address/x unknown_field\n");
  const Draft draft = read(R"({"address":{"country":null,"street":null,"geo":null}})", BodyMode::kPatch);
  CHECK(draft.errors.empty());
  CHECK(at(draft, "address").array()[0].is_null());
  CHECK(at(draft, "address").array()[2] == Value(std::string("FR")));
  CHECK(at(draft, "address").array()[4].is_null());
  CHECK(failures(read(R"({"lines":[{"quantity":1}]})", BodyMode::kPatch).errors) == "/lines/0/sku required\n");
  CHECK(becomes("lines", R"([{"sku":"a"}])", BodyMode::kPatch) == R"([{"sku":"a","quantity":1,"price":null,"at":null}])");
  CHECK(becomes("lines", "null", BodyMode::kPatch) == "[]");
}

TEST_CASE("references: ids of the collection they refer to, in stored form", "[model]") {
  CHECK(becomes("owner", R"("0190A5B8-7C3E-7ABC-8DEF-0123456789AB")") == "\"0190a5b8-7c3e-7abc-8def-0123456789ab\"");
  CHECK(becomes("box", R"("507F1F77BCF86CD799439011")") == "\"507f1f77bcf86cd799439011\"");
  CHECK(becomes("shelf", R"("A~b.1")") == "\"A~b.1\"");
  CHECK(becomes("room", "7.0") == "7");
  CHECK(becomes("owner", "null") == "null");
  CHECK(of(R"("owner":"x","box":"507f1f77bcf86cd79943901g","shelf":"count","room":"7")") ==
        "/owner format \"uuid\"\n/box format \"objectId\"\n/shelf pattern \"[A-Za-z0-9._~-]{1,100}\"\n/room type \"integer\"\n");
  CHECK(of(R"("owner":1,"shelf":{},"room":1.5)") == "/owner type \"string\"\n/shelf type \"string\"\n/room type \"integer\"\n");
}

TEST_CASE("references: in filters too", "[model]") {
  CHECK(parse_text_value(field("owner"), "0190A5B8-7C3E-7ABC-8DEF-0123456789AB") == Value(std::string(kId)));
  CHECK(parse_text_value(field("box"), "507F1F77BCF86CD799439011") == Value(std::string("507f1f77bcf86cd799439011")));
  CHECK(parse_text_value(field("shelf"), "a") == Value(std::string("a")));
  CHECK(parse_text_value(field("room"), "7") == Value(std::int64_t{7}));
  for (const char* name : {"owner", "box", "shelf", "room"}) {
    CHECK_FALSE(parse_text_value(field(name), "é").has_value());
    CHECK_FALSE(parse_text_value(field(name), "").has_value());
  }
  CHECK(expected_type(field("owner")) == "an id of users");
  CHECK(expected_type(field("room")) == "an id of rooms");
  CHECK(parse_text_value(kOrders.field(*kOrders.queryable("address.geo.lat")), "1e0") == Value(1.0));
  CHECK(expected_type(kOrders.field(*kOrders.queryable("address.rent"))) == "a decimal");
}

TEST_CASE("read-only: a create refuses what the server keeps, whatever its value, and takes the default", "[model]") {
  CHECK(of(R"("serial":1.50,"seal":null,"marks":"x","stamp":{},"id":1,"updatedAt":"x")") ==
        "/id read_only\n/serial read_only\n/seal read_only\n/marks read_only\n/stamp read_only\n/updatedAt read_only\n");
  const Draft draft = read(R"({"secret":"x"})");
  CHECK(at(draft, "serial") == Value(std::int64_t{150}));
  CHECK(at(draft, "seal").is_null());
  CHECK(at(draft, "marks") == Value(Value::Array{}));
}

TEST_CASE("read-only: elsewhere it is a claim, read by type alone, and nothing is written", "[model]") {
  for (const BodyMode mode : {BodyMode::kReplace, BodyMode::kPatch}) {
    const Draft draft =
        read(R"({"secret":"x","serial":"123456789.50","seal":{"weight":1.5,"by":"far"},"marks":[3,1.0],"stamp":{"$b":1,"a":2},
                                 "createdAt":"1970-01-01T01:00:00+01:00"})",
             mode);
    CHECK(failures(draft.errors).empty());
    for (const char* name : {"serial", "seal", "marks", "stamp"}) CHECK(at(draft, name).is_absent());
    REQUIRE(draft.claims.size() == 5);
    CHECK(draft.claims[0].value == Value(std::int64_t{12'345'678'950}));
    CHECK(draft.claims[1].value == Value(Value::Array{Value(std::string("far")), Value(std::int64_t{150})}));
    CHECK(draft.claims[2].value == Value(Value::Array{Value(std::int64_t{3}), Value(std::int64_t{1})}));
    CHECK(draft.claims[3].value == Value(std::string(R"({"$b":1,"a":2})")));
    CHECK(draft.claims[4].value == Value(std::int64_t{0}));
  }
}

TEST_CASE("read-only: a claim of what can be no value equals nothing", "[model]") {
  const Draft draft =
      read(R"({"serial":1.005,"seal":{"by":"a","weight":1,"more":1},"marks":[null],"stamp":[],"id":"x"})", BodyMode::kPatch);
  REQUIRE(draft.claims.size() == 5);
  for (const Claim& claim : draft.claims) CHECK(claim.value.is_absent());
  const Draft null = read(R"({"serial":null,"seal":null})", BodyMode::kPatch);
  for (const Claim& claim : null.claims) CHECK(claim.value.is_null());
  CHECK(read("{}", BodyMode::kReplace).claims.empty());
}

TEST_CASE("write-only: required in a create, kept by a PUT that leaves it out", "[model]") {
  CHECK(failures(read("{}").errors) == "/secret required\n");
  const Draft kept = read("{}", BodyMode::kReplace);
  CHECK(kept.errors.empty());
  CHECK(at(kept, "secret").is_absent());
  CHECK(failures(read(R"({"secret":null})", BodyMode::kReplace).errors) == "/secret type \"string\"\n");
  CHECK(failures(read(R"({"secret":1})", BodyMode::kReplace).errors) == "/secret type \"string\"\n");
  CHECK(at(read(R"({"secret":"y"})", BodyMode::kReplace), "secret") == Value(std::string("y")));
  CHECK(at(read("{}", BodyMode::kPatch), "secret").is_absent());
  CHECK(failures(read(R"({"secret":null})", BodyMode::kPatch).errors) == "/secret required\n");
}

TEST_CASE("a PUT that creates: the id is a claim, all else is as in a create", "[model]") {
  CHECK(of(R"("serial":1.5,"createdAt":null,"id":"x")", BodyMode::kCreateAt) == "/serial read_only\n/createdAt read_only\n");
  CHECK(failures(read("{}", BodyMode::kCreateAt).errors) == "/secret required\n");
  const Draft draft = read(R"({"secret":"x","id":"0190A5B8-7C3E-7ABC-8DEF-0123456789AB"})", BodyMode::kCreateAt);
  REQUIRE(draft.claims.size() == 1);
  CHECK(draft.claims[0].value == Value(std::string(kId)));
  CHECK(draft.values[0].is_absent());
  CHECK(at(draft, "serial") == Value(std::int64_t{150}));
  const Model texts = testing::nested_model(IdKind::kText);
  CHECK(validate(texts, parse_json(R"({"secret":"x"})", 9).value(), BodyMode::kCreateAt).errors.empty());
  CHECK(validate(texts, parse_json(R"({"secret":"x","id":"."})", 9).value(), BodyMode::kCreateAt).claims.at(0).value.is_absent());
  CHECK(failures(validate(texts, parse_json(R"({"secret":"x","id":"."})", 9).value(), BodyMode::kCreate).errors) ==
        "/id pattern \"[A-Za-z0-9._~-]{1,100}\"\n");
}

TEST_CASE("merge errors: into model order at every level, one for a place", "[model]") {
  const auto error = [](const char* pointer, const char* code) { return FieldError{pointer, code, "", ""}; };
  const std::vector<FieldError> merged = merge_errors(
      kOrders,
      {error("/address/city", "type"), error("/address/geo/tags/10", "type"), error("/address/zip", "unknown_field"),
       error("/address/abc", "unknown_field"), error("/lines", "maxItems"), error("/lines/2/sku", "type"), error("/lines/10/sku", "type"),
       error("/meta/b/0", "type"), error("/meta/a", "propertyNames"), error("/zz", "unknown_field")},
      {error("/updatedAt", "read_only"), error("/address/geo/lat", "required"), error("/id", "read_only"),
       error("/address/city", "required"), error("/serial", "read_only"), error("/address/street", "required")});
  CHECK(failures(merged) ==
        "/id read_only\n/address/street required\n/address/city type\n/address/geo/lat required\n/address/geo/tags/10 type\n"
        "/address/zip unknown_field\n/address/abc unknown_field\n/lines maxItems\n/lines/2/sku type\n/lines/10/sku type\n/meta/b/0 type\n"
        "/meta/a propertyNames\n/serial read_only\n/updatedAt read_only\n/zz unknown_field\n");
  CHECK(failures(merge_errors(kOrders, {error("", "type")}, {error("/id", "read_only")})) == " type\n/id read_only\n");
}
