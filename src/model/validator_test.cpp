#include "model/validator.h"

#include <catch2/catch.hpp>

#include "model/loader.h"

using namespace holdfast;

namespace {

const Model& things() {
  static const LoadedModels loaded = load_model_text("things", R"(
type: object
required: [name, price]
properties:
  name:     { type: string, trim: true, minLength: 2, maxLength: 5, pattern: '^[a-z]', messages: { minLength: too short } }
  price:    { type: number, decimal: [6, 2], minimum: 0, multipleOf: 0.05 }
  big:      { type: number, decimal: [18, 2] }
  count:    { type: integer, maximum: 10 }
  ratio:    { type: number }
  state:    { enum: [draft, paid], default: draft }
  note:     { type: [string, "null"], default: none }
  mail:     { type: string, format: email, lowercase: true }
  site:     { type: string, format: uri }
  day:      { type: string, format: date }
  at:       { type: string, format: date-time }
  tags:     { type: array, items: { type: string, trim: true, maxLength: 3 }, maxItems: 3, uniqueItems: true }
  active:   { type: boolean, default: true }
timestamps: true
)");
  for (const ModelFault& fault : loaded.faults) FAIL(fault.text());
  return loaded.models.front();
}

Draft read(std::string_view body, BodyMode mode = BodyMode::kCreate) {
  return validate(things(), parse_json(body, 64).value(), mode);
}

// "pointer code limit" of each failure.
std::string failures(const Draft& draft) {
  std::string text;
  for (const FieldError& error : draft.errors)
    text += error.pointer + " " + error.code + (error.limit.empty() ? "" : " " + error.limit) + "\n";
  return text;
}

std::string failures(std::string_view body, BodyMode mode = BodyMode::kCreate) {
  return failures(read(body, mode));
}

// Failures of one member beside sound required ones.
std::string of(const std::string& member) {
  return failures(R"({"name":"abc","price":1,)" + member + "}");
}

Value at(const Draft& draft, std::string_view field) {
  return draft.values[*things().ordinal(field)];
}

}  // namespace

TEST_CASE("validator: a sound body becomes values, transformed and with defaults", "[model]") {
  const Draft draft = read(R"({"name":"  abc ","price":"1.50","mail":"A@B.org","tags":[" a ","b"],"count":1e1})");
  CHECK(failures(draft).empty());
  CHECK(at(draft, "name") == Value(std::string("abc")));
  CHECK(at(draft, "price") == Value(std::int64_t{150}));
  CHECK(at(draft, "mail") == Value(std::string("a@b.org")));
  CHECK(at(draft, "count") == Value(std::int64_t{10}));
  CHECK(at(draft, "state") == Value(std::string("draft")));
  CHECK(at(draft, "active") == Value(true));
  CHECK(at(draft, "ratio").is_null());
  CHECK(at(draft, "tags") == Value(Value::Array{Value(std::string("a")), Value(std::string("b"))}));
  CHECK(draft.values[0].is_absent());
}

TEST_CASE("validator: every failure is reported, in model order, unknown members last", "[model]") {
  CHECK(failures(R"({"zz":1,"count":11,"name":"A","a/~b":2})") ==
        "/name minLength 2\n/name pattern \"^[a-z]\"\n/price required\n/count maximum 10\n/zz unknown_field\n/a~1~0b unknown_field\n");
  CHECK(read(R"({"price":1,"name":"a"})").errors[0].message == "too short");
}

TEST_CASE("validator: a body that is no object has one failure", "[model]") {
  for (const char* body : {"[]", "1", "null", "\"a\""}) CHECK(failures(body) == " type \"object\"\n");
}

TEST_CASE("validator: a wrong type stops the field, and says which type is wanted", "[model]") {
  CHECK(of(R"("count":"1")") == "/count type \"integer\"\n");
  CHECK(of(R"("count":1.5)") == "/count type \"integer\"\n");
  CHECK(of(R"("count":9223372036854775808)") == "/count type \"integer\"\n");
  CHECK(of(R"("ratio":1e999)") == "/ratio type \"number\"\n");
  CHECK(of(R"("active":1)") == "/active type \"boolean\"\n");
  CHECK(of(R"("note":1)") == "/note type [\"string\",\"null\"]\n");
  CHECK(of(R"("tags":"a")") == "/tags type \"array\"\n");
  CHECK(of(R"("state":"lost")") == "/state enum [\"draft\",\"paid\"]\n");
  CHECK(of(R"("big":"1,5")") == "/big type \"number\"\n");
}

TEST_CASE("validator: decimals are refused, never rounded", "[model]") {
  CHECK(failures(R"({"name":"abc","price":1.999})") == "/price scale 2\n");
  CHECK(failures(R"({"name":"abc","price":12345})") == "/price precision 6\n");
  CHECK(failures(R"({"name":"abc","price":12345.001})") == "/price scale 2\n/price precision 6\n");
  CHECK(failures(R"({"name":"abc","price":-0.01})") == "/price minimum 0\n/price multipleOf 0.05\n");
  CHECK(of(R"("big":"9999999999999999.99")").empty());
}

TEST_CASE("validator: formats are asserted", "[model]") {
  for (const char* bad : {R"("mail":"a")", R"("mail":"a@")", R"("mail":"a..b@c.d")", R"("mail":"é@c.d")"})
    CHECK(of(bad) == "/mail format \"email\"\n");
  for (const char* bad : {R"("site":"a b")", R"("site":"/path")", R"("site":"http://%zz")"}) CHECK(of(bad) == "/site format \"uri\"\n");
  CHECK(of(R"("site":"https://user@[::1]:8080/a?b=c#d")").empty());
  CHECK(of(R"("day":"2026-02-29")") == "/day format \"date\"\n");
  CHECK(of(R"("at":"2026-01-01 00:00:00Z")") == "/at format \"date-time\"\n");
}

TEST_CASE("validator: items are checked one by one, then together", "[model]") {
  CHECK(of(R"("tags":["abcd",1,null])") == "/tags/0 maxLength 3\n/tags/1 type \"string\"\n/tags/2 type \"string\"\n");
  CHECK(of(R"("tags":["a"," a"])") == "/tags uniqueItems true\n");
  CHECK(of(R"("tags":["a","b","c","d"])") == "/tags maxItems 3\n");
}

TEST_CASE("validator: null is a value only where the model admits it", "[model]") {
  CHECK(of(R"("ratio":null,"note":null)").empty());
  CHECK(at(read(R"({"name":"abc","price":1,"note":null})"), "note").is_null());
  CHECK(of(R"("active":null)") == "/active type \"boolean\"\n");
  CHECK(of(R"("tags":null)") == "/tags type \"array\"\n");
  CHECK(failures(R"({"name":null,"price":1})") == "/name type \"string\"\n");
}

TEST_CASE("validator: in a PATCH null removes, and what is not sent stays", "[model]") {
  const Draft draft = read(R"({"active":null,"ratio":null,"note":null,"tags":null})", BodyMode::kPatch);
  CHECK(failures(draft).empty());
  CHECK(at(draft, "active") == Value(true));
  CHECK(at(draft, "ratio").is_null());
  CHECK(at(draft, "note").is_null());
  CHECK(at(draft, "tags") == Value(Value::Array{}));
  CHECK(at(draft, "name").is_absent());
  CHECK(failures(R"({"name":null})", BodyMode::kPatch) == "/name required\n");
}

TEST_CASE("validator: what the server keeps is refused in a POST and claimed elsewhere", "[model]") {
  CHECK(of(R"("id":"x","createdAt":null)") == "/id read_only\n/createdAt read_only\n");
  const Draft draft = read(R"({"name":"abc","price":1,"id":"0190F5A0-0000-7000-8000-000000000000","updatedAt":3})", BodyMode::kReplace);
  REQUIRE(draft.claims.size() == 2);
  CHECK(draft.claims[0].value == Value(std::string("0190f5a0-0000-7000-8000-000000000000")));
  CHECK(draft.claims[1].value.is_absent());
}
