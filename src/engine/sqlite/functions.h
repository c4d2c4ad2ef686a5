#pragma once
// SQL functions of ours: hf_like(pattern, value), hf_ilike(pattern, value). semantics.md §2; null gives null.

#include <string>
#include <string_view>
#include <vector>

#include "engine/sqlite/handles.h"

namespace holdfast::sqlite {

// A pattern, read once: `%` any run, `_` one character, `\` takes the next character as it is.
class LikePattern {
 public:
  LikePattern(std::string_view pattern, bool ignore_case);

  // Of the whole value. Linear but for patterns with several `%`; never exponential.
  bool matches(std::string_view value) const;

 private:
  struct Token {
    enum class Kind : std::uint8_t { kCharacter, kAnyOne, kAnyRun } kind;
    char32_t character;
  };

  bool accepts(const Token& token, char32_t character) const;

  std::vector<Token> tokens_;
  bool ignore_case_;
};

void add_functions(sqlite3* database);

}  // namespace holdfast::sqlite
