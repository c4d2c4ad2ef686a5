#include "base/id.h"

#include <sodium.h>

#include <bit>

namespace holdfast {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kCrockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

// Lower-case form of each hexadecimal digit, and 0 for everything else.
constexpr std::array<char, 256> kLowerHex = [] {
  std::array<char, 256> table{};
  for (const char c : kHexDigits) table[static_cast<unsigned char>(c)] = c;
  for (char c = 'A'; c <= 'F'; ++c) table[static_cast<unsigned char>(c)] = static_cast<char>(c - 'A' + 'a');
  return table;
}();

char hex_digit(char c) noexcept {
  return kLowerHex[static_cast<unsigned char>(c)];
}

void append_hex(std::string& out, std::uint64_t value, int digits) {
  for (int i = digits; i-- > 0;) out.push_back(kHexDigits[(value >> (4 * i)) & 15]);
}

}  // namespace

IdSource::IdSource() {
  randombytes_buf(state_.data(), sizeof state_);
  randombytes_buf(&object_id_counter_, sizeof object_id_counter_);
  randombytes_buf(&process_random_, sizeof process_random_);
}

std::uint64_t IdSource::random() {
  const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

// 48 bits of time, version 7, a 12-bit counter that starts low and ascends within a millisecond, variant, 62 random bits.
std::string IdSource::uuid(Milliseconds now) {
  if (now > last_uuid_time_) {
    last_uuid_time_ = now;
    uuid_counter_ = static_cast<std::uint32_t>(random() & 0x7ff);
  } else if (++uuid_counter_ > 0xfff) {
    ++last_uuid_time_;
    uuid_counter_ = 0;
  }
  const auto time = static_cast<std::uint64_t>(last_uuid_time_);
  const std::uint64_t tail = (random() & 0x3fff'ffff'ffff'ffffULL) | 0x8000'0000'0000'0000ULL;
  std::string text;
  text.reserve(36);
  append_hex(text, time >> 16, 8);
  text.push_back('-');
  append_hex(text, time & 0xffff, 4);
  text.push_back('-');
  append_hex(text, 0x7000 | uuid_counter_, 4);
  text.push_back('-');
  append_hex(text, tail >> 48, 4);
  text.push_back('-');
  append_hex(text, tail & 0xffff'ffff'ffffULL, 12);
  return text;
}

std::string IdSource::object_id(Milliseconds now) {
  std::string text;
  text.reserve(24);
  append_hex(text, static_cast<std::uint64_t>(now / 1000), 8);
  append_hex(text, process_random_, 10);
  append_hex(text, ++object_id_counter_, 6);
  return text;
}

std::string IdSource::request_id(Milliseconds now) {
  std::string text(26, '0');
  std::uint64_t time = static_cast<std::uint64_t>(now);
  for (int i = 10; i-- > 0; time >>= 5) text[i] = kCrockford[time & 31];
  std::uint64_t high = random();
  std::uint64_t low = random();
  for (int i = 0; i < 8; ++i, high >>= 5) text[10 + i] = kCrockford[high & 31];
  for (int i = 0; i < 8; ++i, low >>= 5) text[18 + i] = kCrockford[low & 31];
  return text;
}

std::optional<std::string> parse_uuid(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  std::string lower(36, '-');
  bool formed = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash) {
      formed &= text[i] == '-';
    } else {
      lower[i] = hex_digit(text[i]);
      formed &= lower[i] != 0;
    }
  }
  if (!formed) return std::nullopt;
  return lower;
}

std::optional<std::string> parse_object_id(std::string_view text) {
  if (text.size() != 24) return std::nullopt;
  std::string lower(24, '0');
  for (std::size_t i = 0; i < text.size(); ++i) {
    lower[i] = hex_digit(text[i]);
    if (lower[i] == 0) return std::nullopt;
  }
  return lower;
}

bool is_text_id(std::string_view text) noexcept {
  if (text.empty() || text.size() > 100 || text == "count" || text == "search" || text == "." || text == "..") return false;
  for (const char c : text) {
    const bool letter_or_digit = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!letter_or_digit && c != '.' && c != '_' && c != '~' && c != '-') return false;
  }
  return true;
}

}  // namespace holdfast
