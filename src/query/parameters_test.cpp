#include "query/parameters.h"

#include <catch2/catch.hpp>

using namespace holdfast;

namespace {

std::string joined(std::string_view query) {
  const auto parameters = parse_parameters(query);
  if (!parameters) return std::string(describe(parameters.error().code).name);
  std::string text;
  for (const Parameter& parameter : *parameters) text += "<" + parameter.name + "|" + parameter.value + ">";
  return text;
}

}  // namespace

TEST_CASE("parameters: names and values are decoded, order and repeats are kept", "[query]") {
  CHECK(joined("") == "");
  CHECK(joined("a=1&b=2&a=3") == "<a|1><b|2><a|3>");
  CHECK(joined("price%5Bgte%5D=10") == "<price[gte]|10>");
  CHECK(joined("q=casque%20audio+bio%2B") == "<q|casque audio bio+>");
  CHECK(joined("a=b=c&d=%26%3d") == "<a|b=c><d|&=>");
  CHECK(joined("nom=%C3%A9t%c3%a9") == "<nom|été>");
}

TEST_CASE("parameters: a name without `=` has the empty value, empty segments are skipped", "[query]") {
  CHECK(joined("a&b=&c") == "<a|><b|><c|>");
  CHECK(joined("&&a=1&&") == "<a|1>");
  CHECK(joined("=1") == "<|1>");
}

TEST_CASE("parameters: bad escapes, invalid UTF-8 and U+0000 are invalid_encoding", "[query]") {
  for (const char* query : {"a=%", "a=%4", "a=%zz", "%=1", "a=%g1", "a=%C3", "a=%ff", "a=%ED%A0%80", "a=%00", "a%00=1", "a=%C0%80"}) {
    CAPTURE(query);
    CHECK(joined(query) == "invalid_encoding");
  }
  CHECK(joined("a=\xff") == "invalid_encoding");
}

TEST_CASE("parameters: a path segment keeps its plus", "[query]") {
  CHECK(*decode_path_segment("a+b%20c") == "a+b c");
  CHECK(*decode_path_segment("100%25") == "100%");
  CHECK(decode_path_segment("100%").error().code == Code::kInvalidEncoding);
  CHECK(decode_path_segment("%00").error().code == Code::kInvalidEncoding);
}
