#include "engine/postgres/numeric.h"

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

#include "engine/postgres/wire.h"

namespace holdfast::postgres {
namespace {

constexpr int kDecimalsOfDigit = 4;
constexpr unsigned kBase = 10'000;
constexpr std::size_t kHead = 8;  // digits, weight, sign, scale: two bytes each

constexpr std::uint16_t kPositive = 0x0000;
constexpr std::uint16_t kNegative = 0x4000;

constexpr std::array<unsigned, kDecimalsOfDigit> kPowers{1, 10, 100, 1000};

}  // namespace

void append_numeric(std::string& out, std::int64_t units, int scale) {
  const std::uint64_t magnitude = units < 0 ? 0 - static_cast<std::uint64_t>(units) : static_cast<std::uint64_t>(units);
  // Filled up to a whole number of digits behind the point.
  const int fraction_digits = (scale + kDecimalsOfDigit - 1) / kDecimalsOfDigit;
  auto rest = static_cast<unsigned __int128>(magnitude) * kPowers[static_cast<std::size_t>(fraction_digits * kDecimalsOfDigit - scale)];
  std::vector<std::uint16_t> digits;  // the least first
  for (; rest != 0; rest /= kBase) digits.push_back(static_cast<std::uint16_t>(rest % kBase));
  const int weight = static_cast<int>(digits.size()) - fraction_digits - 1;
  const auto first = std::find_if(digits.begin(), digits.end(), [](std::uint16_t digit) { return digit != 0; });
  digits.erase(digits.begin(), first);

  append_big_endian(out, static_cast<std::int16_t>(digits.size()));
  append_big_endian(out, static_cast<std::int16_t>(digits.empty() ? 0 : weight));
  append_big_endian(out, units < 0 ? kNegative : kPositive);
  append_big_endian(out, static_cast<std::int16_t>(scale));
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit) append_big_endian(out, *digit);
}

Value read_numeric(std::string_view bytes, int scale) {
  if (bytes.size() < kHead) return {};
  const int count = read_big_endian<std::int16_t>(bytes);
  const int weight = read_big_endian<std::int16_t>(bytes.substr(2));
  const auto sign = read_big_endian<std::uint16_t>(bytes.substr(4));
  if ((sign != kPositive && sign != kNegative) || count < 0 || bytes.size() != kHead + 2 * static_cast<std::size_t>(count)) return {};

  constexpr std::uint64_t kSmallest = std::uint64_t{1} << 63;  // the magnitude of the smallest int64
  unsigned __int128 units = 0;
  for (int i = 0; i < count; ++i) {
    const unsigned digit = read_big_endian<std::uint16_t>(bytes.substr(kHead + 2 * static_cast<std::size_t>(i)));
    int exponent = kDecimalsOfDigit * (weight - i) + scale;  // of ten, in units
    if (digit == 0) continue;
    unsigned __int128 part = digit;
    if (exponent < 0) {
      if (exponent <= -kDecimalsOfDigit || digit % kPowers[static_cast<std::size_t>(-exponent)] != 0) return {};
      part /= kPowers[static_cast<std::size_t>(-exponent)];
    }
    for (; exponent > 0; --exponent) {
      part *= 10;
      if (part > kSmallest) return {};
    }
    units += part;
    if (units > kSmallest) return {};
  }
  const auto magnitude = static_cast<std::uint64_t>(units);
  if (sign == kPositive && magnitude == kSmallest) return {};
  return Value(static_cast<std::int64_t>(sign == kNegative ? 0 - magnitude : magnitude));
}

}  // namespace holdfast::postgres
