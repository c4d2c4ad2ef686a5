#include "base/unicode.h"

#include <catch2/catch.hpp>

using namespace holdfast;

namespace {

std::string utf8(char32_t code_point) {
  std::string text;
  append_code_point(text, code_point);
  return text;
}

bool is_word_part(char32_t code_point) {
  return class_of(code_point) != CharacterClass::kOther;
}

bool has_only_word_parts(std::string_view text) {
  for (std::size_t position = 0; position < text.size();) {
    if (!is_word_part(next_code_point(text, position))) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("unicode: letters, digits and marks go by category, Han and kana letters are ideographs", "[base]") {
  for (const char32_t letter : {U'a', U'Z', U'é', U'ß', U'ж', U'א', U'ع', U'ह', U'한', U'ʼ', U'ª', U'ℵ', U'𝒳'}) {
    CAPTURE(utf8(letter));
    CHECK(class_of(letter) == CharacterClass::kLetter);
  }
  for (const char32_t letter :
       {U'漢', U'の', U'カ', U'ー', U'々', U'〆', U'〱', U'ｶ', U'ｰ', U'ﾞ', U'㐀', U'豈', U'ㇰ', U'𠀀', U'\U0001B000', U'\U00030000'}) {
    CAPTURE(utf8(letter));
    CHECK(class_of(letter) == CharacterClass::kIdeograph);
  }
  for (const char32_t digit : {U'0', U'9', U'٣', U'९', U'𝟘', U'０'}) CHECK(class_of(digit) == CharacterClass::kDigit);
  for (const char32_t mark : {U'\u0301', U'\u093F', U'\u20DD', U'\u3099', U'\uFE0F'}) CHECK(class_of(mark) == CharacterClass::kMark);
  for (const char32_t other : {U' ', U'_', U'-', U'\'', U'²', U'Ⅷ', U'〇', U'・', U'゛', U'🎧', U'\uE000', U'\U0010FFFF', U'\u200D'}) {
    CAPTURE(utf8(other));
    CHECK(class_of(other) == CharacterClass::kOther);
  }
}

TEST_CASE("unicode: marks are taken off composed and decomposed letters alike", "[base]") {
  CHECK(without_marks("") == "");
  CHECK(without_marks("plain 1") == "plain 1");
  CHECK(without_marks("réduction") == "reduction");
  CHECK(without_marks("re\u0301duction") == "reduction");
  CHECK(without_marks("\u0301\u0302") == "");
  CHECK(without_marks("ǖ ệ") == "u e");
  CHECK(without_marks("ø ł ß") == "ø ł ß");  // letters of their own
  CHECK(without_marks("がｶﾞ") == "かｶﾞ");
  CHECK(without_marks("한국") == "한국");  // taken apart and put together again
  CHECK(without_marks("\u1112\u1161\u11AB") == "한");
}

TEST_CASE("unicode: what marks leave behind is again lower case and parts of words, and has no more marks to lose", "[base]") {
  for (char32_t code_point = 1; code_point <= 0x10FFFF; ++code_point) {
    if (!is_word_part(code_point)) continue;
    const std::string folded = without_marks(utf8(lower(code_point)));
    CAPTURE(static_cast<std::uint32_t>(code_point), folded);
    REQUIRE(has_only_word_parts(folded));
    if (without_marks(folded) != folded) FAIL("it folds further");
    if (to_lower(folded) != folded) FAIL("it has upper case");
  }
}
