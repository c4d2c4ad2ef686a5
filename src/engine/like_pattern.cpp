#include "engine/like_pattern.h"

#include <unordered_map>

#include "base/unicode.h"

namespace holdfast {
namespace {

constexpr char32_t kLastCodePoint = 0x10FFFF;

// The code points whose lower case is another one, by that lower case; ascending. Some 1,400 of them: made once, in 10 ms.
const std::unordered_map<char32_t, std::u32string>& upper_cases() {
  static const std::unordered_map<char32_t, std::u32string> table = [] {
    std::unordered_map<char32_t, std::u32string> made;
    for (char32_t point = 0; point <= kLastCodePoint; ++point) {
      if (const char32_t lowered = lower(point); lowered != point) made[lowered].push_back(point);
    }
    return made;
  }();
  return table;
}

std::u32string equal_ignoring_case(char32_t point) {
  const char32_t lowered = lower(point);
  const auto found = upper_cases().find(lowered);
  std::u32string equal = found == upper_cases().end() ? std::u32string() : found->second;
  if (lower(lowered) != lowered) return equal;  // were there such a one, it would equal others than its own lower case
  std::size_t place = 0;
  while (place < equal.size() && equal[place] < lowered) ++place;
  return equal.insert(place, 1, lowered);
}

}  // namespace

std::vector<LikeToken> like_tokens(std::string_view pattern, bool ignore_case) {
  std::vector<LikeToken> tokens;
  for (std::size_t position = 0; position < pattern.size();) {
    char32_t point = next_code_point(pattern, position);
    if (point == U'%') {
      if (tokens.empty() || tokens.back().kind != LikeToken::Kind::kAnyRun) tokens.push_back({LikeToken::Kind::kAnyRun, {}});
    } else if (point == U'_') {
      tokens.push_back({LikeToken::Kind::kAnyOne, {}});
    } else {
      if (point == U'\\') point = next_code_point(pattern, position);
      tokens.push_back({LikeToken::Kind::kCharacter, ignore_case ? equal_ignoring_case(point) : std::u32string(1, point)});
    }
  }
  return tokens;
}

std::string successor(std::string_view prefix) {
  std::u32string points;
  for (std::size_t position = 0; position < prefix.size();) points.push_back(next_code_point(prefix, position));
  while (!points.empty() && points.back() == kLastCodePoint) points.pop_back();
  if (points.empty()) return {};
  points.back() = points.back() == 0xD7FF ? 0xE000 : points.back() + 1;  // surrogates are no code points of text
  std::string out;
  for (const char32_t point : points) append_code_point(out, point);
  return out;
}

std::string literal_prefix(std::string_view pattern) {
  std::string out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '%' || pattern[i] == '_') break;
    if (pattern[i] == '\\' && ++i == pattern.size()) break;
    out.push_back(pattern[i]);
  }
  return out;
}

}  // namespace holdfast
