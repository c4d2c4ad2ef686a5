#pragma once
// A text's words as search cuts them: runs of letters, digits and marks in lower case; Han and kana one by one. Pure.

#include <cstddef>
#include <string>
#include <string_view>

#include "base/unicode.h"

namespace holdfast {

// Reads one token after the other. Elisions (l' qu' jusqu'…) are no tokens. Linear in the text, whatever it is.
class TokenReader {
 public:
  static constexpr std::size_t kLongestToken = 64;  // code points; what is behind them belongs to the token and is dropped

  // Well-formed UTF-8, which must outlive the reader.
  explicit TokenReader(std::string_view text) : text_(text) {}

  // False at the end.
  bool next();

  // Of the last next() that was true; until the following one.
  const std::string& token() const noexcept { return token_; }
  bool is_ascii() const noexcept { return is_ascii_; }
  std::string_view rest() const noexcept { return text_.substr(position_); }  // directly behind the token

 private:
  struct Character {
    CharacterClass kind;
    char32_t lower;
    std::size_t end;
  };

  Character read(std::size_t position) const noexcept;
  bool skip_separators() noexcept;  // false: nothing but separators was left
  void take_run();
  void take_marks();
  void take_ascii();  // as far as the run is ASCII
  void take(const Character& character);
  bool is_elision() const noexcept;

  std::string_view text_;
  std::size_t position_ = 0;
  std::string token_;
  std::size_t length_ = 0;  // code points of the token
  bool is_ascii_ = true;
};

}  // namespace holdfast
