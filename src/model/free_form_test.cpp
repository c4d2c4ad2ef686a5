#include "model/free_form.h"

#include <catch2/catch.hpp>

using namespace holdfast;

namespace {

constexpr int kDepth = 1000;

// The canonical text, or "pointer code" of each failure.
std::string canonical(std::string_view text) {
  std::vector<FieldError> errors;
  std::string json = canonical_json(parse_json(text, kDepth).value(), "/meta", errors);
  if (errors.empty()) return json;
  std::string failures;
  for (const FieldError& error : errors) failures += error.pointer + " " + error.code + "\n";
  return failures;
}

std::string repeated(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

}  // namespace

TEST_CASE("free-form: no white space, keys by code point at every level, arrays in their order", "[model]") {
  CHECK(canonical(R"( { "b" : [ 3 , 1 , { "z" : 1 , "a" : null } ] , "a" : { "d" : true , "c" : "x" } } )") ==
        R"({"a":{"c":"x","d":true},"b":[3,1,{"a":null,"z":1}]})");
  CHECK(canonical(R"({})") == "{}");
  CHECK(canonical(R"({"a":[],"b":{}})") == R"({"a":[],"b":{}})");
  CHECK(canonical(R"({"a":1,"B":1,"ab":1,"":1})") == "/meta/ propertyNames\n");
  CHECK(canonical(R"({"é":1,"z":1,"Z":1,"10":1,"9":1})") == R"({"10":1,"9":1,"Z":1,"z":1,"é":1})");
  // U+FFFD before U+1F600: UTF-16 units would say the opposite.
  CHECK(canonical("{\"\U0001F600\":1,\"\uFFFD\":2}") == "{\"\uFFFD\":2,\"\U0001F600\":1}");
  CHECK(canonical(R"({"\ud83d\ude00":1,"\uffff":2})") == "{\"\uFFFF\":2,\"\U0001F600\":1}");
  // Never normalised: é in one code point and in two are two keys.
  CHECK(canonical("{\"\u00e9\":1,\"e\u0301\":2}") == "{\"e\u0301\":2,\"\u00e9\":1}");
}

TEST_CASE("free-form: text is escaped as RFC 8259 demands and no further", "[model]") {
  CHECK(canonical(R"({"a":"\u0041\/\u001f\"\\\n\u007f"})") == "{\"a\":\"A/\\u001f\\\"\\\\\\n\u007f\"}");
  CHECK(canonical(R"({"a\"b":1})") == R"({"a\"b":1})");
}

TEST_CASE("free-form: equal numbers have equal texts", "[model]") {
  const auto number = [](const std::string& text) {
    const std::string json = canonical("{\"n\":" + text + "}");
    return json.starts_with("{\"n\":") ? json.substr(5, json.size() - 6) : json;
  };
  CHECK(number("1.0") == "1");
  CHECK(number("1e3") == "1000");
  CHECK(number("-0") == "0");
  CHECK(number("-0.0e5") == "0");
  CHECK(number("9007199254740991") == "9007199254740991");
  CHECK(number("-9007199254740991") == "-9007199254740991");
  CHECK(number("9007199254740992") == "9007199254740992");
  CHECK(number("9007199254740993") == "9007199254740992");  // no integer any more: the nearest double
  CHECK(number("-9007199254740993") == "-9007199254740992");
  CHECK(number("100000000000000000000") == "100000000000000000000");
  CHECK(number("1e21") == "1e+21");
  CHECK(number("0.1") == "0.1");
  CHECK(number("0.000001") == "0.000001");
  CHECK(number("0.0000001") == "1e-7");
  CHECK(number("1.7976931348623157e308") == "1.7976931348623157e+308");
  CHECK(number("5e-324") == "5e-324");
  CHECK(number("1e-400") == "0");
  for (const char* infinite : {"1e400", "-1e400", "1.8e308"}) CHECK(number(infinite) == "/meta/n type\n");
}

TEST_CASE("free-form: a canonical text stays as it is", "[model]") {
  for (const char* text :
       {R"({"n":9007199254740992})", R"({"n":1e+21})", R"({"n":5e-324})", R"({"a":[null,true,"é\u0001"],"b":{"c":-0.5}})"})
    CHECK(canonical(text) == text);
}

TEST_CASE("free-form: keys that a document store cannot hold are refused, with escaped pointers, all at once", "[model]") {
  CHECK(canonical(R"({"$set":1,"a.b":{"":2},"ok":[{"$x":1e400}],"a/~b":{"$":1},"a$":1})") ==
        "/meta/$set propertyNames\n/meta/a.b propertyNames\n/meta/a.b/ propertyNames\n/meta/a~1~0b/$ propertyNames\n"
        "/meta/ok/0/$x propertyNames\n/meta/ok/0/$x type\n");
  std::vector<FieldError> errors;
  Json zero;
  zero.kind = Json::Kind::kObject;
  zero.members.push_back({std::string("a\0b", 3), Json{}});  // the JSON reader refuses it before; the database must never see it
  canonical_json(zero, "/meta", errors);
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].code == "propertyNames");
}

TEST_CASE("free-form: a deep text is read, and one long key does not multiply the answer", "[model]") {
  const std::string deep = repeated("{\"a\":", 900) + "1" + repeated("}", 900);
  CHECK(canonical(deep) == deep);
  const std::string key(100'000, 'k');
  const std::string hostile = "{\"" + key + "\":[" + repeated("1e400,", 1000) + "1]}";
  CHECK(canonical(hostile).size() < 3 * key.size());
  const std::string sound = "{\"" + key + "\":[" + repeated("1,", 100'000) + "1]}";
  CHECK(canonical(sound) == sound);
}

TEST_CASE("free-form: a merge patch sets, removes and descends", "[model]") {
  const auto merge = [](std::string_view target, std::string_view patch) { return merge_free_form(target, patch); };
  CHECK(merge("", R"({"a":1})") == R"({"a":1})");
  CHECK(merge(R"({"a":1})", "{}") == R"({"a":1})");
  CHECK(merge(R"({"a":"b"})", R"({"a":"c"})") == R"({"a":"c"})");
  CHECK(merge(R"({"a":"b"})", R"({"b":"c"})") == R"({"a":"b","b":"c"})");
  CHECK(merge(R"({"a":"b"})", R"({"a":null})") == "{}");
  CHECK(merge(R"({"a":"b","b":"c"})", R"({"a":null})") == R"({"b":"c"})");
  CHECK(merge(R"({"a":["b"]})", R"({"a":"c"})") == R"({"a":"c"})");
  CHECK(merge(R"({"a":"c"})", R"({"a":["b"]})") == R"({"a":["b"]})");
  CHECK(merge(R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})") == R"({"a":{"b":"d"}})");
  CHECK(merge(R"({"a":[{"b":"c"}]})", R"({"a":[1]})") == R"({"a":[1]})");
  CHECK(merge(R"({"e":null})", R"({"a":1})") == R"({"a":1,"e":null})");
  CHECK(merge("{}", R"({"a":{"bb":{"ccc":null}}})") == R"({"a":{"bb":{}}})");
  CHECK(merge(R"({"a":1})", R"({"a":{"b":null,"c":2}})") == R"({"a":{"c":2}})");
  CHECK(merge("{}", R"({"a":[null,{"b":null}]})") == R"({"a":[null,{"b":null}]})");
  CHECK(merge(R"({"b":1,"d":2,"f":3})", R"({"a":1,"d":null,"e":4,"g":5,"zz":null})") == R"({"a":1,"b":1,"e":4,"f":3,"g":5})");
}

TEST_CASE("free-form: a merge of many members with many members takes no time", "[model]") {
  std::string wide = "{";
  for (int i = 100'000; i < 200'000; ++i) wide += (i > 100'000 ? ",\"" : "\"") + std::to_string(i) + "\":1";
  wide += "}";
  CHECK(merge_free_form(wide, wide) == wide);  // comparing each with each would take minutes
}
