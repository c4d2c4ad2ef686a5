#include "base/unicode.h"

#include <utf8proc.h>

#include <cstdint>
#include <cstring>

namespace holdfast {
namespace {

// White_Space of Unicode (PropList.txt) and U+FEFF.
constexpr bool is_space(char32_t c) noexcept {
  return (c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 ||
         c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000 || c == 0xFEFF;
}

// Eight bytes from 0x01 to 0x7F. Most texts are ASCII, and this looks at eight of them at once.
bool is_plain_ascii(const utf8proc_uint8_t* bytes) noexcept {
  std::uint64_t word;
  std::memcpy(&word, bytes, sizeof word);
  constexpr std::uint64_t kHighBits = 0x8080808080808080;
  constexpr std::uint64_t kLowBits = 0x0101010101010101;
  return ((word | (word - kLowBits)) & kHighBits) == 0;
}

constexpr bool is_continuation(char c) noexcept {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

}  // namespace

bool is_plain_text(std::string_view text) noexcept {
  const auto* at = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  const auto* const end = at + text.size();
  while (at < end) {
    if (end - at >= 8 && is_plain_ascii(at)) {
      at += 8;
    } else if (*at != 0 && *at < 0x80) {
      ++at;
    } else {
      utf8proc_int32_t code_point = 0;
      const utf8proc_ssize_t length = utf8proc_iterate(at, end - at, &code_point);
      if (length <= 0 || code_point == 0) return false;
      at += length;
    }
  }
  return true;
}

std::size_t count_code_points(std::string_view text) noexcept {
  std::size_t count = 0;
  for (const char c : text) count += !is_continuation(c);
  return count;
}

std::string_view trim(std::string_view text) noexcept {
  for (std::size_t position = 0; position < text.size();) {
    const std::size_t start = position;
    if (is_space(next_code_point(text, position))) continue;
    text.remove_prefix(start);
    break;
  }
  std::size_t end = 0;  // behind the last code point that is no space
  for (std::size_t position = 0; position < text.size();) {
    if (!is_space(next_code_point(text, position))) end = position;
  }
  return text.substr(0, end);
}

std::string to_lower(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t position = 0; position < text.size();) append_code_point(out, lower(next_code_point(text, position)));
  return out;
}

char32_t next_code_point(std::string_view text, std::size_t& position) noexcept {
  const auto byte = static_cast<unsigned char>(text[position]);
  if (byte < 0x80) {
    ++position;
    return byte;
  }
  utf8proc_int32_t code_point = 0;
  const utf8proc_ssize_t length = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()) + position,
                                                   static_cast<utf8proc_ssize_t>(text.size() - position), &code_point);
  position += length > 0 ? static_cast<std::size_t>(length) : 1;
  return length > 0 ? static_cast<char32_t>(code_point) : 0xFFFD;
}

void append_code_point(std::string& out, char32_t code_point) {
  if (code_point < 0x80) {
    out.push_back(static_cast<char>(code_point));
    return;
  }
  utf8proc_uint8_t bytes[4];
  const utf8proc_ssize_t length = utf8proc_encode_char(static_cast<utf8proc_int32_t>(code_point), bytes);
  out.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(length));
}

char32_t lower(char32_t code_point) noexcept {
  if (code_point < 0x80) return code_point >= 'A' && code_point <= 'Z' ? code_point + 32 : code_point;
  return static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(code_point)));
}

}  // namespace holdfast
