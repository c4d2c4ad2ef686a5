#include "query/tokens.h"

#include <algorithm>
#include <array>

namespace holdfast {
namespace {

// Small letters and digits by themselves, capitals as small letters, everything else 0.
constexpr std::array<char, 128> kAsciiLower = [] {
  std::array<char, 128> table{};
  for (char c = '0'; c <= '9'; ++c) table[static_cast<std::size_t>(c)] = c;
  for (char c = 'a'; c <= 'z'; ++c) table[static_cast<std::size_t>(c)] = c;
  for (char c = 'A'; c <= 'Z'; ++c) table[static_cast<std::size_t>(c)] = static_cast<char>(c + 32);
  return table;
}();

constexpr std::array<std::string_view, 13> kElisions{"l", "m", "t", "qu", "n", "s", "j", "d", "c", "jusqu", "quoiqu", "lorsqu", "puisqu"};
constexpr std::size_t kLongestElision = 6;

bool is_ascii_byte(char c) noexcept {
  return static_cast<unsigned char>(c) < 0x80;
}

}  // namespace

bool TokenReader::next() {
  do {
    token_.clear();
    length_ = 0;
    is_ascii_ = true;
    if (!skip_separators()) return false;
    const Character first = read(position_);
    if (first.kind == CharacterClass::kIdeograph) {
      take(first);
      take_marks();
    } else {
      take_run();
    }
  } while (is_elision());
  return true;
}

bool TokenReader::skip_separators() noexcept {
  while (position_ < text_.size()) {
    const Character character = read(position_);
    if (character.kind != CharacterClass::kOther) return true;
    position_ = character.end;
  }
  return false;
}

void TokenReader::take_run() {
  while (position_ < text_.size()) {
    take_ascii();
    if (position_ == text_.size()) return;
    const Character character = read(position_);
    if (character.kind == CharacterClass::kOther || character.kind == CharacterClass::kIdeograph) return;
    take(character);
  }
}

void TokenReader::take_marks() {
  while (position_ < text_.size()) {
    const Character character = read(position_);
    if (character.kind != CharacterClass::kMark) return;
    take(character);
  }
}

TokenReader::Character TokenReader::read(std::size_t position) const noexcept {
  const char byte = text_[position];
  if (is_ascii_byte(byte)) {
    const char small = kAsciiLower[static_cast<std::size_t>(byte)];
    const CharacterClass kind = small == 0 ? CharacterClass::kOther : small <= '9' ? CharacterClass::kDigit : CharacterClass::kLetter;
    return {kind, static_cast<char32_t>(small), position + 1};
  }
  const char32_t code_point = next_code_point(text_, position);
  const CharacterClass kind = class_of(code_point);
  return {kind, kind == CharacterClass::kOther ? code_point : lower(code_point), position};
}

void TokenReader::take_ascii() {
  while (position_ < text_.size() && is_ascii_byte(text_[position_])) {
    const char small = kAsciiLower[static_cast<std::size_t>(text_[position_])];
    if (small == 0) return;
    if (length_++ < kLongestToken) token_ += small;
    ++position_;
  }
}

void TokenReader::take(const Character& character) {
  position_ = character.end;
  if (length_++ >= kLongestToken) return;
  append_code_point(token_, character.lower);
  is_ascii_ &= character.lower < 0x80;
}

// Directly before an apostrophe and a letter.
bool TokenReader::is_elision() const noexcept {
  if (token_.size() > kLongestElision || position_ >= text_.size()) return false;
  const std::string_view rest = text_.substr(position_);
  const std::size_t apostrophe = rest.front() == '\'' ? 1 : rest.starts_with("’") ? 3 : 0;
  if (apostrophe == 0 || rest.size() == apostrophe) return false;
  if (std::find(kElisions.begin(), kElisions.end(), token_) == kElisions.end()) return false;
  const CharacterClass behind = read(position_ + apostrophe).kind;
  return behind == CharacterClass::kLetter || behind == CharacterClass::kIdeograph;
}

}  // namespace holdfast
