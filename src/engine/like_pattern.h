#pragma once
// Patterns and prefixes of strings as regular expressions and ranges are made of them (semantics.md §2). Pure; each engine spells them in
// its own dialect.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

struct LikeToken {
  enum class Kind : std::uint8_t { kAnyRun, kAnyOne, kCharacter };

  Kind kind = Kind::kAnyRun;
  // kCharacter: the code points that are equal to it, ascending. One for `like`; for `ilike` all that share its lower case: of `k` they are
  // K, k and the Kelvin sign. Never empty.
  std::u32string characters;
};

// In order; runs of `%` are one kAnyRun. The pattern is well-formed UTF-8 and does not end in a lone backslash.
std::vector<LikeToken> like_tokens(std::string_view pattern, bool ignore_case);

// The least string above every string that starts with `prefix`, by code point; empty: there is none.
std::string successor(std::string_view prefix);

// What a `like` pattern starts with before its first wildcard, unescaped.
std::string literal_prefix(std::string_view pattern);

}  // namespace holdfast
