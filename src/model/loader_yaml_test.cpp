#include "model/loader_yaml.h"

#include <catch2/catch.hpp>

#include "model/loader_rows.h"

namespace holdfast {

namespace {

YamlNode::Kind kind_of(const std::string& scalar) {
  const YamlDocument document = parse_yaml("key: " + scalar);
  REQUIRE(document.root != nullptr);
  return document.root->find("key")->kind;
}

std::string number_of(const std::string& scalar) {
  return json_number(*parse_yaml("key: " + scalar).root->find("key")).value_or("none");
}

}  // namespace

TEST_CASE("yaml: scalars are resolved by the core schema of YAML 1.2", "[model]") {
  using Kind = YamlNode::Kind;
  for (const auto* text :
       {"on", "off", "yes", "no",  "y",    "N",   "Yes",   "2026-11-23", "1_000",  "0b1",      "1:30",    "0x",  "0xG",
        "1e", ".",   "+",   ".e5", "tRue", "nan", "1.2.3", "\"5\"",      "'true'", "\"null\"", "!!str 5", "! 5", "\"\""}) {
    INFO(text);
    CHECK(kind_of(text) == Kind::kText);
  }
  for (const auto* text : {"true", "True", "TRUE", "false", "False", "FALSE"}) CHECK(kind_of(text) == Kind::kBoolean);
  for (const auto* text : {"0", "-1", "+1", "007", "0x1F", "0o17", "9223372036854775808"}) CHECK(kind_of(text) == Kind::kInteger);
  for (const auto* text : {"1.5", ".5", "5.", "1e3", "-1.5E-3", ".inf", "-.Inf", ".NaN"}) CHECK(kind_of(text) == Kind::kFloat);
  for (const auto* text : {"", "~", "null", "Null", "NULL"}) CHECK(kind_of(text) == Kind::kNull);
}

TEST_CASE("yaml: numbers become the numbers of JSON", "[model]") {
  CHECK(number_of("+12") == "12");
  CHECK(number_of("-0012") == "-12");
  CHECK(number_of("00") == "0");
  CHECK(number_of("0x1F") == "31");
  CHECK(number_of("0o17") == "15");
  CHECK(number_of("0xFFFFFFFFFFFFFFFF") == "none");
  CHECK(number_of("0x10000000000000000") == "none");
  CHECK(number_of(".5") == "0.5");
  CHECK(number_of("-.5e3") == "-0.5e3");
  CHECK(number_of("5.") == "5");
  CHECK(number_of("5.e2") == "5e2");
  CHECK(number_of("1.50") == "1.50");
  CHECK(number_of("1E+3") == "1E+3");
  CHECK(number_of(".inf") == "none");
  CHECK(number_of("-.inf") == "none");
  CHECK(number_of(".nan") == "none");
  CHECK(number_of("text") == "none");
}

TEST_CASE("yaml: columns count characters, also behind text that is not ASCII", "[model]") {
  const YamlDocument document = parse_yaml("# émis\nclé: { été: où, \"ça\": 𝄞, last: x }\n");
  const YamlNode& map = *document.root->find("clé");
  CHECK(map.mark.line == 2);
  CHECK(map.mark.column == 6);
  CHECK(map.find("ça")->mark.column == 23);
  CHECK(map.members.at(2).key->mark.column == 26);
}

TEST_CASE("yaml: an alias is the node that it names", "[model]") {
  const YamlDocument document = parse_yaml("a: &text { maxLength: 5 }\nb: *text\nc: [*text, *text]\n");
  CHECK(document.faults.empty());
  CHECK(document.root->find("b") == document.root->find("a"));
  CHECK(document.root->find("c")->items.at(1) == document.root->find("a"));
}

TEST_CASE("yaml: what is no single well-formed document is refused with its place", "[model]") {
  const std::string wrong = objections({
      {"an empty file", "", "the file is empty."},
      {"a file of comments", "# nothing\n", "the file is empty."},
      {"a bracket that is not closed", "type: object\nproperties: { x: { type: string }\n§", "this is not valid YAML"},
      {"a quote that is not closed", with_field("{ type: string }") + "title: §\"x\n",
       "this quote is never closed. Close it, or double a quote inside."},
      {"a line that is indented too little", "type: object\nproperties:\n  x: { type: string }\n §y: { type: string }\n",
       "this is not valid YAML"},
      {"a tab as indentation", "type: object\nproperties:\n §\tx: { type: string }\n", "a tab cannot indent YAML. Write spaces."},
      {"a colon in a plain text", "title: Chair§: blue\n",
       "this is not valid YAML (illegal map value). Check the indentation, and put a text that holds `: ` into quotes."},
      {"a second document", with_field("{ type: string }") + "---\n§type: object\n", "this belongs to nothing above it"},
      {"a list instead of a map", "- type: object\n", "a model is a map; got a list."},
      {"bytes that are not UTF-8", "type: object\n§title: caf\xE9\n", "this line is not UTF-8 text."},
      {"an escaped U+0000", "title: §\"a\\0b\"\n" + with_field("{ type: string }"), "U+0000 cannot be stored."},
      {"a key given twice", with_field("{ type: string, maxLength: 5, §type: string }"), "`type` stands here twice. Keep one of the two."},
      {"a field given twice", with_field("{ type: string }") + "  §x: { type: string }\n", "`x` stands here twice."},
      {"a key that is a number", with_field("{ type: string }") + "finders: { §5: {} }\n", "a key must be text. Put it into quotes."},
      {"a key that is a list", with_field("{ type: string }") + "finders: { ? §[a] : {} }\n", "a key must be text."},
      {"a tag", "title: §!money 5\n" + with_field("{ type: string }"), "tags other than `!!str` have no meaning"},
      {"a file over 1 MiB", "# " + std::string(1 << 20, 'x') + "\n" + with_field("{ type: string }"), "a model file has at most 1 MiB."},
      {"a byte order mark is passed over", "\xEF\xBB\xBF" + with_field("{ type: string }"), ""},
      {"lines may end in CR LF", "type: object\r\nproperties:\r\n  x: { type: string }\r\n", ""},
      {"the text of a number is written with !!str", "title: !!str 5\n" + with_field("{ type: string }"), ""},
  });
  CHECK(wrong == "");
}

TEST_CASE("yaml: an alias cycle is refused, and nesting without end too", "[model]") {
  const YamlDocument cycle = parse_yaml("a: &x { b: *x }\n");
  REQUIRE(cycle.faults.size() == 1);
  CHECK(cycle.faults[0].message == "this alias contains itself. Write out what is meant.");
  CHECK(cycle.faults[0].mark.column == 12);
  CHECK(parse_yaml("a: [\"it is\", 'isn''t', &a \"said \\\"so\\\"\"]\n").faults.empty());
  CHECK_FALSE(parse_yaml("a: *unknown\n").faults.empty());
  CHECK_FALSE(parse_yaml(std::string(100'000, '[')).faults.empty());
}

}  // namespace holdfast
