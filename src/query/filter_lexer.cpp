#include "query/filter_lexer.h"

#include <optional>

#include "base/decimal.h"
#include "base/unicode.h"

namespace holdfast {
namespace {

using Kind = FilterToken::Kind;

constexpr std::size_t kExpectedTokenBytes = 4;  // with the space behind it

bool is_space(char c) noexcept {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}
bool is_word_start(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_word_part(char c) noexcept {
  return is_word_start(c) || is_digit(c) || c == '.';
}  // a dot, so that `a.b` is named whole
bool is_number_part(char c) noexcept {
  return is_digit(c) || c == '.' || c == 'e' || c == 'E' || c == '+' || c == '-';
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  FilterToken next() {
    while (position_ < text_.size() && is_space(text_[position_])) ++position_;
    if (position_ == text_.size()) return token(Kind::kEnd, 0);
    const char first = text_[position_];
    if (is_word_start(first)) return token(Kind::kWord, run(is_word_part));
    if (is_digit(first) || first == '-') return number();
    if (first == '\'') return string();
    return symbol();
  }

 private:
  std::size_t run(bool (*belongs)(char) noexcept) const noexcept {
    std::size_t length = 0;
    while (position_ + length < text_.size() && belongs(text_[position_ + length])) ++length;
    return length;
  }

  FilterToken token(Kind kind, std::size_t length) {
    FilterToken token{kind, text_.substr(position_, length), {}, position_};
    position_ += length;
    return token;
  }

  FilterToken fault(std::string message) const { return {Kind::kFault, text_.substr(position_), std::move(message), position_}; }

  FilterToken number() {
    const std::size_t length = run(is_number_part);
    const std::string_view written = text_.substr(position_, length);
    if (!is_json_number(written)) return fault("`" + std::string(written) + "` is not a number.");
    return token(Kind::kNumber, length);
  }

  FilterToken string() {
    std::string content;
    std::size_t i = position_ + 1;
    for (; i < text_.size(); ++i) {
      if (text_[i] != '\'') {
        content += text_[i];
      } else if (i + 1 < text_.size() && text_[i + 1] == '\'') {
        content += text_[++i];
      } else {
        break;
      }
    }
    if (i == text_.size()) return fault("This string does not end; close it with a single quote.");
    FilterToken read = token(Kind::kString, i + 1 - position_);
    read.text = std::move(content);
    return read;
  }

  FilterToken symbol() {
    const std::string_view rest = text_.substr(position_);
    if (rest.starts_with("==")) return fault("`==` is not an operator. Did you mean `=`?");
    if (rest.starts_with("<>")) return fault("`<>` is not an operator. Did you mean `!=`?");
    for (const std::string_view known : {"!=", ">=", "<=", "=", ">", "<", "(", ")", ","}) {
      if (rest.starts_with(known)) return token(Kind::kSymbol, known.size());
    }
    if (rest.front() == '"') return fault("Strings are written in single quotes.");
    std::size_t end = 0;
    next_code_point(rest, end);
    return fault("`" + std::string(rest.substr(0, end)) + "` means nothing here.");
  }

  std::string_view text_;
  std::size_t position_ = 0;
};

}  // namespace

std::vector<FilterToken> read_filter_tokens(std::string_view text) {
  Lexer lexer(text);
  std::vector<FilterToken> tokens;
  tokens.reserve(text.size() / kExpectedTokenBytes + 2);
  do {
    tokens.push_back(lexer.next());
  } while (tokens.back().kind != Kind::kEnd && tokens.back().kind != Kind::kFault);
  return tokens;
}

}  // namespace holdfast
