#include "engine/like_pattern.h"

#include <catch2/catch.hpp>

#include "base/unicode.h"

using namespace holdfast;

namespace {

// `%` and `_` as they are, characters as `[…]`.
std::string shown(std::string_view pattern, bool ignore_case) {
  std::string out;
  for (const LikeToken& token : like_tokens(pattern, ignore_case)) {
    if (token.kind == LikeToken::Kind::kAnyRun) out += '%';
    if (token.kind == LikeToken::Kind::kAnyOne) out += '_';
    if (token.kind != LikeToken::Kind::kCharacter) continue;
    out += '[';
    for (const char32_t point : token.characters) append_code_point(out, point);
    out += ']';
  }
  return out;
}

}  // namespace

TEST_CASE("like: a pattern is characters and wildcards", "[engine]") {
  CHECK(shown("", false).empty());
  CHECK(shown("a%b_é", false) == "[a]%[b]_[é]");
  CHECK(shown("%%a%%%", false) == "%[a]%");
  CHECK(shown("\\%\\_\\\\\\a", false) == "[%][_][\\][a]");
  CHECK(shown("\\\U0001F600", false) == "[\U0001F600]");
}

TEST_CASE("like: a character stands for all that have its lower case", "[engine]") {
  CHECK(shown("k", true) == "[Kk\u212A]");
  CHECK(shown("K", true) == shown("\u212A", true));
  CHECK(shown("ß", true) == "[ßẞ]");
  CHECK(shown("Σς", true) == "[Σσ][ς]");
  CHECK(shown("\U00010400", true) == "[\U00010400\U00010428]");
  CHECK(shown("1%_\\%", true) == "[1]%_[%]");
}

TEST_CASE("like: no code point is without its own lower case", "[engine]") {
  for (char32_t point = 1; point <= 0x10FFFF; ++point) {
    if (point >= 0xD800 && point <= 0xDFFF) continue;
    std::string text;
    append_code_point(text, point);
    if (point == U'%' || point == U'_' || point == U'\\') continue;
    const std::u32string equal = like_tokens(text, true).front().characters;
    if (equal.find(point) == equal.npos) FAIL("U+" << std::hex << static_cast<unsigned>(point));
  }
}
