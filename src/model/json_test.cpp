#include "model/json.h"

#include <catch2/catch.hpp>
#include <limits>

using namespace holdfast;

namespace {

std::string outcome(std::string_view text) {
  const Result<Json> json = parse_json(text, 64);
  return json ? "read" : std::string(describe(json.error().code).name);
}

std::string number(double value) {
  std::string out;
  append_json_number(out, value);
  return out;
}

}  // namespace

TEST_CASE("json: reads every kind, and keeps the text of numbers", "[model]") {
  const Json json = parse_json(R"({"a":[1.50,-0,1e999],"b":"é\u00e9\n","c":{"d":null},"e":true,"f" : false })", 64).value();
  REQUIRE(json.members.size() == 5);
  CHECK(json.members[0].value.items[0].text == "1.50");
  CHECK(json.members[0].value.items[2].text == "1e999");
  CHECK(json.members[1].value.text == "éé\n");
  CHECK(json.members[2].value.members[0].value.kind == Json::Kind::kNull);
  CHECK(json.members[3].value.boolean);
  for (const char* scalar : {"1", "\"a\"", "true", "null", " 12.5 ", "[]", " null\n"}) CHECK(outcome(scalar) == "read");
}

TEST_CASE("json: whatever is not JSON is refused", "[model]") {
  for (const char* bad : {"",
                          " ",
                          "{",
                          "}",
                          "{\"a\":1",
                          "{\"a\":1,}",
                          "[1,]",
                          "[1 2]",
                          "{\"a\" 1}",
                          "{'a':1}",
                          "{a:1}",
                          "01",
                          "1.",
                          "+1",
                          ".5",
                          "-",
                          "nul",
                          "nulll",
                          "tru",
                          "truely",
                          "{} {}",
                          "{}x",
                          "1 2",
                          "\"a\" \"b\"",
                          "\"abc",
                          "{\"a\":\"x\ty\"}",
                          "\"\\x\"",
                          "[1.2.3]",
                          "{\"a\":nul}",
                          "{\"a\":0x10}",
                          "{\"a\":NaN}",
                          "{\"a\":1,\"a\":2}",
                          "{\"b\":[{\"a\":1,\"a\":2}]}",
                          "{\"a\":1,\"\\u0061\":2}",
                          "[1]]",
                          "{\"a\":1}}",
                          "[tru]",
                          "[nulL]"}) {
    INFO(bad);
    CHECK(outcome(bad) == "invalid_json");
  }
}

TEST_CASE("json: text that is no Unicode is refused as such", "[model]") {
  for (const char* bad : {"\"\xff\"", "{\"\xc0\xaf\":1}", "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\u0041\"", "\"\\u0000\"",
                          "{\"\\u0000\":1}", "{\"\\ud800\":1}", "\"\xed\xa0\x80\""}) {
    INFO(bad);
    CHECK(outcome(bad) == "invalid_encoding");
  }
  CHECK(outcome("\"\\ud83d\\ude00\"") == "read");
}

TEST_CASE("json: an escape that is misspelt is no JSON, also beside one that is no Unicode", "[model]") {
  for (const char* bad : {R"("\u")", R"("\u00")", R"("\uzzzz")", R"("\u00g0")", R"("\u004\"")", R"({"\u00":1})", R"({"a":"\u12","b":1})",
                          R"(["\u0041\x"])", R"("\ud800\x41")", R"("\ud800\u00")"}) {
    INFO(bad);
    CHECK(outcome(bad) == "invalid_json");
  }
  CHECK(outcome(R"("\\\ud800")") == "invalid_encoding");
  CHECK(outcome(R"({"\\u\"\/\b\f\n\r\t\uABcd":"\\uzz"})") == "read");
}

TEST_CASE("json: what follows the value is told as such", "[model]") {
  const auto detail = [](std::string_view text) { return parse_json(text, 64).error().detail; };
  for (const char* bad :
       {R"({"a":1}{"b":2})", "{}x", R"({"a":1}//)", R"({"a":1}})", "{} {}", "{}, {}", "[1]]", "1 2", R"("a""b")", "[] []"}) {
    INFO(bad);
    CHECK(detail(bad) == "The body has something after its JSON value.");
  }
  CHECK(detail("[1 2]") == "An array of the body is not JSON.");
  CHECK(detail(R"({"a":[1 2]})") == "An array of the body is not JSON.");
}

TEST_CASE("json: nesting is bounded", "[model]") {
  const auto nested = [](int depth) {
    return std::string(static_cast<std::size_t>(depth), '[') + std::string(static_cast<std::size_t>(depth), ']');
  };
  CHECK(outcome(nested(64)) == "read");
  CHECK(outcome(nested(65)) == "invalid_json");
  CHECK(outcome(nested(100'000)) == "invalid_json");
}

TEST_CASE("json: doubles are written as ECMAScript writes them", "[model]") {
  CHECK(number(0.0) == "0");
  CHECK(number(-0.0) == "0");
  CHECK(number(1) == "1");
  CHECK(number(-1.5) == "-1.5");
  CHECK(number(0.1) == "0.1");
  CHECK(number(123456789012345680000.0) == "123456789012345680000");
  CHECK(number(1e21) == "1e+21");
  CHECK(number(1.5e300) == "1.5e+300");
  CHECK(number(0.000001) == "0.000001");
  CHECK(number(1e-7) == "1e-7");
  CHECK(number(1.25e-7) == "1.25e-7");
  CHECK(number(std::numeric_limits<double>::max()) == "1.7976931348623157e+308");
  CHECK(number(5e-324) == "5e-324");
}

TEST_CASE("json: strings are escaped only where they must be", "[model]") {
  std::string out;
  append_json_string(out, std::string_view("é\"\\\n\x01/\x7f", 8));
  CHECK(out == "\"é\\\"\\\\\\n\\u0001/\x7f\"");
}
