#include "base/decimal.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

namespace holdfast {
namespace {

constexpr bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

// A number as its significant digits: value = ±0.d1d2d3… × 10^point.
struct Digits {
  bool negative = false;
  std::string significant;  // no leading and no trailing zeros; empty: zero
  std::int64_t point = 0;
};

// Exponents beyond this cannot matter for scales up to 18; clamping keeps arithmetic safe.
constexpr std::int64_t kExponentClamp = 1'000'000'000;

std::int64_t parse_exponent(std::string_view text) {
  bool negative = false;
  std::size_t at = 0;
  if (text[at] == '+' || text[at] == '-') negative = text[at++] == '-';
  std::int64_t exponent = 0;
  for (; at < text.size(); ++at) exponent = std::min(exponent * 10 + (text[at] - '0'), kExponentClamp);
  return negative ? -exponent : exponent;
}

Digits digits_of(std::string_view text) {
  Digits digits;
  if (text.front() == '-') {
    digits.negative = true;
    text.remove_prefix(1);
  }
  const std::size_t e = text.find_first_of("eE");
  const std::int64_t exponent = e == std::string_view::npos ? 0 : parse_exponent(text.substr(e + 1));
  text = text.substr(0, e);
  const std::size_t dot = std::min(text.find('.'), text.size());
  digits.significant.assign(text.substr(0, dot));
  if (dot < text.size()) digits.significant.append(text.substr(dot + 1));
  digits.point = static_cast<std::int64_t>(dot) + exponent;

  const std::size_t first = digits.significant.find_first_not_of('0');
  if (first == std::string::npos) return {};
  digits.significant.erase(digits.significant.find_last_not_of('0') + 1);
  digits.significant.erase(0, first);
  digits.point -= static_cast<std::int64_t>(first);
  return digits;
}

// The first `count` significant digits as a number, zeros appended; nothing when it exceeds 64 bits.
std::optional<std::uint64_t> leading_units(const Digits& digits, std::int64_t count) {
  std::uint64_t units = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    const unsigned digit =
        i < static_cast<std::int64_t>(digits.significant.size()) ? static_cast<unsigned>(digits.significant[i] - '0') : 0;
    if (__builtin_mul_overflow(units, 10U, &units) || __builtin_add_overflow(units, digit, &units)) return std::nullopt;
  }
  return units;
}

constexpr std::uint64_t kLargest = std::numeric_limits<std::int64_t>::max();
constexpr std::uint64_t kSmallest = kLargest + 1;  // the magnitude of the smallest int64

// Two's complement: also right for kSmallest.
constexpr std::int64_t negated(std::uint64_t magnitude) noexcept {
  return static_cast<std::int64_t>(0 - magnitude);
}

}  // namespace

bool is_json_number(std::string_view text) noexcept {
  std::size_t at = 0;
  const auto digits = [&] {
    const std::size_t start = at;
    while (at < text.size() && is_digit(text[at])) ++at;
    return at > start;
  };
  if (at < text.size() && text[at] == '-') ++at;
  if (at < text.size() && text[at] == '0') {
    ++at;
  } else if (!digits()) {
    return false;
  }
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (!digits()) return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (!digits()) return false;
  }
  return at == text.size();
}

DecimalParse parse_decimal(std::string_view text, int precision, int scale) {
  const Digits digits = digits_of(text);
  if (digits.significant.empty()) return {};
  const std::int64_t fraction_digits = static_cast<std::int64_t>(digits.significant.size()) - digits.point;
  unsigned fault = 0;
  if (fraction_digits > scale) fault |= static_cast<unsigned>(DecimalFault::kScale);
  if (digits.point > precision - scale) fault |= static_cast<unsigned>(DecimalFault::kPrecision);
  if (fault != 0) return {0, static_cast<DecimalFault>(fault)};
  const std::uint64_t units = *leading_units(digits, digits.point + scale);  // p ≤ 18 digits
  return {digits.negative ? negated(units) : static_cast<std::int64_t>(units), DecimalFault::kNone};
}

DecimalPosition locate_decimal(std::string_view text, int scale) {
  const Digits digits = digits_of(text);
  if (digits.significant.empty()) return {};
  const std::int64_t count = digits.point + scale;  // digits at or above the unit
  const auto size = static_cast<std::int64_t>(digits.significant.size());
  if (count <= 0) return {digits.negative ? -1 : 0, false, 0};
  const bool exact = size <= count;
  const std::optional<std::uint64_t> units = count > 19 ? std::nullopt : leading_units(digits, count);
  if (digits.negative) {
    if (!units || *units > kSmallest - !exact) return {std::numeric_limits<std::int64_t>::min(), false, -1};
    return {exact ? negated(*units) : negated(*units + 1), exact, 0};
  }
  if (!units || *units > kLargest) return {std::numeric_limits<std::int64_t>::max(), false, 1};
  return {static_cast<std::int64_t>(*units), exact, 0};
}

void append_decimal(std::string& out, std::int64_t units, int scale) {
  std::array<char, 24> buffer;
  char* end = buffer.data() + buffer.size();
  char* at = end;
  std::uint64_t rest = units < 0 ? 0 - static_cast<std::uint64_t>(units) : static_cast<std::uint64_t>(units);
  for (int written = 0; rest != 0 || written <= scale; ++written) {
    if (written == scale && scale > 0) *--at = '.';
    *--at = static_cast<char>('0' + rest % 10);
    rest /= 10;
  }
  if (units < 0) *--at = '-';
  out.append(at, end);
}

}  // namespace holdfast
