#pragma once
// A `like` pattern as what a regular expression is made of (semantics.md §2). Pure; each engine spells it in its own dialect.

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

}  // namespace holdfast
