#include "base/unicode.h"

#include <utf8proc.h>

#include <cstdint>
#include <cstring>
#include <vector>

namespace holdfast {
namespace {

// Eight bytes from 0x01 to 0x7F. Most texts are ASCII, and this looks at eight of them at once.
bool is_plain_ascii(const utf8proc_uint8_t* bytes) noexcept {
  std::uint64_t word;
  std::memcpy(&word, bytes, sizeof word);
  constexpr std::uint64_t kHighBits = 0x8080808080808080;
  constexpr std::uint64_t kLowBits = 0x0101010101010101;
  return ((word | (word - kLowBits)) & kHighBits) == 0;
}

struct Range {
  char32_t first, last;
};
// The blocks of Han, Hiragana and Katakana, with their repetition and length marks. Which of them are letters the category says.
constexpr Range kIdeographs[] = {
    {0x3005, 0x3007},    // 々 〆
    {0x3031, 0x303C},    // 〱 to 〼
    {0x3041, 0x30FF},    // Hiragana, Katakana
    {0x31F0, 0x31FF},    // phonetic extensions
    {0x3400, 0x4DBF},    // Han, extension A
    {0x4E00, 0x9FFF},    // Han
    {0xF900, 0xFAFF},    // compatibility ideographs
    {0xFF66, 0xFF9F},    // half-width Katakana
    {0x1AFF0, 0x1B16F},  // Kana extensions and supplement
    {0x20000, 0x3FFFF},  // Han, extensions B and on
};

bool is_ideograph(char32_t c) noexcept {
  if (c < kIdeographs[0].first) return false;
  for (const Range& range : kIdeographs) {
    if (c <= range.last) return c >= range.first;
  }
  return false;
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

bool is_white_space(char32_t c) noexcept {
  return (c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 ||
         c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000 || c == 0xFEFF;
}

std::string_view trim(std::string_view text) noexcept {
  for (std::size_t position = 0; position < text.size();) {
    const std::size_t start = position;
    if (is_white_space(next_code_point(text, position))) continue;
    text.remove_prefix(start);
    break;
  }
  std::size_t end = 0;  // behind the last code point that is no space
  for (std::size_t position = 0; position < text.size();) {
    if (!is_white_space(next_code_point(text, position))) end = position;
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

CharacterClass class_of(char32_t code_point) noexcept {
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(code_point))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
      return is_ideograph(code_point) ? CharacterClass::kIdeograph : CharacterClass::kLetter;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
      return CharacterClass::kMark;
    case UTF8PROC_CATEGORY_ND:
      return CharacterClass::kDigit;
    default:
      return CharacterClass::kOther;
  }
}

std::string without_marks(std::string_view text) {
  constexpr std::size_t kLongestDecomposition = 4;  // Unicode has none longer
  constexpr utf8proc_int32_t kFirstMark = 0x300;    // below it nothing composes with what precedes it
  std::vector<utf8proc_int32_t> kept;
  kept.reserve(text.size());
  bool may_compose = false;
  for (std::size_t position = 0; position < text.size();) {
    const char32_t code_point = next_code_point(text, position);
    utf8proc_int32_t parts[kLongestDecomposition];
    const utf8proc_ssize_t count =
        utf8proc_decompose_char(static_cast<utf8proc_int32_t>(code_point), parts, kLongestDecomposition, UTF8PROC_DECOMPOSE, nullptr);
    for (utf8proc_ssize_t i = 0; i < count; ++i) {
      if (parts[i] >= kFirstMark && class_of(static_cast<char32_t>(parts[i])) == CharacterClass::kMark) continue;
      may_compose |= parts[i] >= kFirstMark;
      kept.push_back(parts[i]);
    }
  }
  // Only marks would need reordering, so what is kept is in canonical order.
  utf8proc_ssize_t length = static_cast<utf8proc_ssize_t>(kept.size());
  if (may_compose) {
    length = utf8proc_normalize_utf32(kept.data(), length, static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  }
  std::string out;
  out.reserve(text.size());
  for (utf8proc_ssize_t i = 0; i < length; ++i) append_code_point(out, static_cast<char32_t>(kept[static_cast<std::size_t>(i)]));
  return out;
}

std::string_view unicode_version() noexcept {
  return utf8proc_unicode_version();
}

}  // namespace holdfast
