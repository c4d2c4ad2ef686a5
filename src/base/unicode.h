#pragma once
// UTF-8 facts that the product's rules are written in: code points, white space, lower case. Never normalises.

#include <cstddef>
#include <string>
#include <string_view>

namespace holdfast {

// Well-formed UTF-8 (no surrogates, no overlong forms) without U+0000.
bool is_plain_text(std::string_view text) noexcept;

// Of well-formed UTF-8.
std::size_t count_code_points(std::string_view text) noexcept;

// Takes away White_Space and U+FEFF at both ends.
std::string_view trim(std::string_view text) noexcept;

// Simple lower-case mapping of each code point (utf8proc).
std::string to_lower(std::string_view text);

// Decodes the code point at `position` of well-formed UTF-8 and moves `position` behind it.
char32_t next_code_point(std::string_view text, std::size_t& position) noexcept;
void append_code_point(std::string& out, char32_t code_point);
char32_t lower(char32_t code_point) noexcept;

}  // namespace holdfast
