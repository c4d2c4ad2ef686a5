#pragma once
// UTF-8 facts that the product's rules are written in: code points, white space, lower case, letters and marks. Only without_marks
// normalises.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace holdfast {

// Well-formed UTF-8 (no surrogates, no overlong forms) without U+0000.
bool is_plain_text(std::string_view text) noexcept;

// Of well-formed UTF-8.
std::size_t count_code_points(std::string_view text) noexcept;

// White_Space of Unicode (PropList.txt), or U+FEFF.
bool is_white_space(char32_t code_point) noexcept;

// Takes away white space at both ends.
std::string_view trim(std::string_view text) noexcept;

// Simple lower-case mapping of each code point (utf8proc).
std::string to_lower(std::string_view text);

// Decodes the code point at `position` of well-formed UTF-8 and moves `position` behind it.
char32_t next_code_point(std::string_view text, std::size_t& position) noexcept;
void append_code_point(std::string& out, char32_t code_point);
char32_t lower(char32_t code_point) noexcept;

// What a code point is to search. kIdeograph: a letter of Han, Hiragana or Katakana, which is a word by itself.
enum class CharacterClass : std::uint8_t { kOther, kLetter, kIdeograph, kDigit, kMark };
CharacterClass class_of(char32_t code_point) noexcept;  // L*, Nd, M* of utf8proc

// In canonical decomposition, without its marks (M*), composed again (NFC): "réduit" is "reduit". Of well-formed UTF-8.
std::string without_marks(std::string_view text);

// Of the tables that the functions above read: "14.0.0".
std::string_view unicode_version() noexcept;

}  // namespace holdfast
