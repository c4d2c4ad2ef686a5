#include "engine/sqlite/functions.h"

#include <optional>

#include "base/unicode.h"

namespace holdfast::sqlite {
namespace {

// Others may have stored what is no UTF-8: such a byte counts as a character of its own, above every code point.
char32_t next_character(std::string_view text, std::size_t& position) {
  const auto lead = static_cast<unsigned char>(text[position]);
  if (lead < 0x80) return text[position++];
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 1;
  if (length == 1 || position + length > text.size() || !is_plain_text(text.substr(position, length))) {
    ++position;
    return 0x110000 + lead;
  }
  return next_code_point(text, position);
}

char32_t folded(char32_t character) {
  return character < 0x110000 ? lower(character) : character;
}

template <bool ignore_case>
void like(sqlite3_context* context, int, sqlite3_value** arguments) {
  if (sqlite3_value_type(arguments[1]) != SQLITE_TEXT) return sqlite3_result_null(context);
  auto* pattern = static_cast<LikePattern*>(sqlite3_get_auxdata(context, 0));
  std::unique_ptr<LikePattern> made;
  const auto text_of = [](sqlite3_value* value) {
    const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(value));
    return std::string_view(text, static_cast<std::size_t>(sqlite3_value_bytes(value)));
  };
  if (pattern == nullptr) {
    made = std::make_unique<LikePattern>(text_of(arguments[0]), ignore_case);
    pattern = made.get();
  }
  auto* meter = static_cast<Meter*>(sqlite3_user_data(context));
  if (meter != nullptr) meter->stopped = false;
  const bool matched = pattern->matches(text_of(arguments[1]), meter);
  if (meter != nullptr && meter->stopped) return sqlite3_result_error_code(context, SQLITE_INTERRUPT);
  sqlite3_result_int(context, matched ? 1 : 0);
  if (made) sqlite3_set_auxdata(context, 0, made.release(), [](void* old) { delete static_cast<LikePattern*>(old); });
}

}  // namespace

LikePattern::LikePattern(std::string_view pattern, bool ignore_case) : ignore_case_(ignore_case) {
  for (std::size_t position = 0; position < pattern.size();) {
    char32_t character = next_character(pattern, position);
    auto kind = Token::Kind::kCharacter;
    if (character == U'%') kind = Token::Kind::kAnyRun;
    if (character == U'_') kind = Token::Kind::kAnyOne;
    if (character == U'\\' && position < pattern.size()) character = next_character(pattern, position);
    tokens_.push_back({kind, ignore_case_ ? folded(character) : character});
  }
}

bool LikePattern::accepts(const Token& token, char32_t character) const {
  if (token.kind == Token::Kind::kAnyOne) return true;
  return token.kind == Token::Kind::kCharacter && token.character == (ignore_case_ ? folded(character) : character);
}

// Only the last `%` met can still take more: what an earlier one took is decided once a later one has been reached.
bool LikePattern::matches(std::string_view value, Meter* meter) const {
  std::size_t token = 0;
  std::size_t position = 0;
  std::optional<std::size_t> run;  // the last `%` met
  std::size_t run_end = 0;         // where what it takes ends
  while (position < value.size()) {
    if (meter != nullptr && !meter->spend()) return false;
    if (token < tokens_.size() && tokens_[token].kind == Token::Kind::kAnyRun) {
      run = token++;
      run_end = position;
      continue;
    }
    std::size_t next = position;
    const char32_t character = next_character(value, next);
    if (token < tokens_.size() && accepts(tokens_[token], character)) {
      ++token;
      position = next;
      continue;
    }
    if (!run) return false;
    next_character(value, run_end);
    position = run_end;
    token = *run + 1;
  }
  while (token < tokens_.size() && tokens_[token].kind == Token::Kind::kAnyRun) ++token;
  return token == tokens_.size();
}

void add_functions(sqlite3* database, Meter* meter) {
  constexpr int kFlags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
  sqlite3_create_function_v2(database, "hf_like", 2, kFlags, meter, like<false>, nullptr, nullptr, nullptr);
  sqlite3_create_function_v2(database, "hf_ilike", 2, kFlags, meter, like<true>, nullptr, nullptr, nullptr);
}

}  // namespace holdfast::sqlite
