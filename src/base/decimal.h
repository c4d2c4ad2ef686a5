#pragma once
// Exact decimals: an int64 count of 10^-scale units. Never rounds, never goes through a double.
//
// A field of `decimal: [p, s]` holds at most p ≤ 18 significant digits at scale s, so every value fits an int64.

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace holdfast {

// True when `text` is a number of the JSON grammar (RFC 8259 §6): -?int frac? exp?
bool is_json_number(std::string_view text) noexcept;

enum class DecimalFault : std::uint8_t {
  kNone = 0,
  kScale = 1,      // more digits after the point than the scale; trailing zeros do not count
  kPrecision = 2,  // more digits before the point than precision - scale
  kBoth = 3,
};

struct DecimalParse {
  std::int64_t units = 0;  // meaningful when fault is kNone
  DecimalFault fault = DecimalFault::kNone;
};

// `text` must satisfy is_json_number. -0 is 0.
DecimalParse parse_decimal(std::string_view text, int precision, int scale);

// Where an arbitrary decimal stands among the multiples of 10^-scale, for comparisons with values of that scale.
// `floor` is the greatest multiple not above it, clamped to the int64 range (`beyond` says so: -1 below, +1 above).
struct DecimalPosition {
  std::int64_t floor = 0;
  bool exact = true;
  int beyond = 0;
};
DecimalPosition locate_decimal(std::string_view text, int scale);

// Appends exactly `scale` fraction digits: format(4550, 2) is "45.50".
void append_decimal(std::string& out, std::int64_t units, int scale);

}  // namespace holdfast
