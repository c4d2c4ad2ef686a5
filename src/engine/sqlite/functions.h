#pragma once
// SQL functions of ours: hf_like(pattern, value), hf_ilike(pattern, value). semantics.md §2; null gives null.

#include <string>
#include <string_view>
#include <vector>

#include "engine/sqlite/handles.h"

namespace holdfast::sqlite {

// What a function may spend. SQLite counts its own instructions only, so that one match of a long text would hold a loop for as long as
// it takes: `check` is called for every thousands of characters looked at, like the progress handler, and stops the query when not 0.
struct Meter {
  static constexpr std::size_t kCharactersPerCheck = 8000;  // take about as long as 1,000 instructions

  int (*check)(void*) = nullptr;
  void* self = nullptr;
  std::size_t left = kCharactersPerCheck;
  bool stopped = false;

  // False: stop.
  bool spend() {
    if (--left != 0) return true;
    left = kCharactersPerCheck;
    stopped = check(self) != 0;
    return !stopped;
  }
};

// A pattern, read once: `%` any run, `_` one character, `\` takes the next character as it is.
class LikePattern {
 public:
  LikePattern(std::string_view pattern, bool ignore_case);

  // Of the whole value. Linear but for patterns that nearly match at many places; never exponential. False when the meter stops it.
  bool matches(std::string_view value, Meter* meter = nullptr) const;

 private:
  struct Token {
    enum class Kind : std::uint8_t { kCharacter, kAnyOne, kAnyRun } kind;
    char32_t character;
  };

  bool accepts(const Token& token, char32_t character) const;

  std::vector<Token> tokens_;
  bool ignore_case_;
};

// `meter`: of the handle, and must live as long; null: nothing stops them.
void add_functions(sqlite3* database, Meter* meter);

}  // namespace holdfast::sqlite
