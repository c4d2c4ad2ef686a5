#include "engine/mongo/number.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "base/decimal.h"
#include "model/json.h"

namespace holdfast::mongo {
namespace {

// A double that a decimal is near to, so one of 10^-18 or more, is written out in full by as many digits behind the point.
constexpr int kExactFractionDigits = 120;
// No double has more.
constexpr int kMostSignificantDigits = 770;

std::string text_of(const bson_iter_t& stored) {
  bson_decimal128_t decimal;
  bson_iter_decimal128(&stored, &decimal);
  char text[BSON_DECIMAL128_STRING];
  bson_decimal128_to_string(&decimal, text);
  return text;
}

std::string shortest_text(double number) {
  std::string text;
  append_json_number(text, number);
  return text;
}

std::string exact_text(double number) {
  return fmt::format("{:.{}f}", number, kExactFractionDigits);
}

std::optional<std::int64_t> exact_units(const std::string& text, int scale) {
  if (!is_json_number(text)) return std::nullopt;  // NaN, Infinity
  const DecimalPosition position = locate_decimal(text, scale);
  if (!position.exact || position.beyond != 0) return std::nullopt;
  return position.floor;
}

// Half-way goes up, so that the numbers that read as `u` are those of [u - ½, u + ½): what filters ask for.
std::optional<std::int64_t> nearest_units(double number, int scale) {
  if (!std::isfinite(number)) return std::nullopt;
  const DecimalPosition position = locate_decimal(exact_text(number), scale + 1);
  if (position.beyond != 0 || position.floor > std::numeric_limits<std::int64_t>::max() - 5) return std::nullopt;
  const std::int64_t tenths = position.floor + 5;
  return tenths >= 0 ? tenths / 10 : -((-tenths + 9) / 10);
}

// A number's digits without zeros at either end, and its exponent: equal for equal numbers.
struct Digits {
  bool negative = false;
  std::string significant;
  std::int64_t exponent = 0;  // of the last digit
  friend bool operator==(const Digits&, const Digits&) = default;
};

// `text` is a JSON number.
Digits digits_of(std::string_view text) {
  Digits digits;
  digits.negative = text.starts_with('-');
  const std::size_t e = std::min(text.find_first_of("eE"), text.size());
  if (e < text.size()) digits.exponent = std::stoll(std::string(text.substr(e + 1)));
  bool behind_point = false;
  for (const char c : text.substr(0, e)) {
    if (c >= '0' && c <= '9') {
      digits.significant.push_back(c);
      if (behind_point) --digits.exponent;
    }
    if (c == '.') behind_point = true;
  }
  digits.significant.erase(0, digits.significant.find_first_not_of('0'));
  if (digits.significant.empty()) return {};
  const std::size_t kept = digits.significant.find_last_not_of('0') + 1;
  digits.exponent += static_cast<std::int64_t>(digits.significant.size() - kept);
  digits.significant.resize(kept);
  return digits;
}

std::optional<double> exact_double(const std::string& text) {
  if (!is_json_number(text)) return std::nullopt;
  double number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc()) return std::nullopt;
  const std::string exact = fmt::format("{:.{}e}", number, kMostSignificantDigits);
  return digits_of(exact) == digits_of(text) ? std::optional(number) : std::nullopt;
}

}  // namespace

bool is_number(const bson_iter_t& stored) noexcept {
  return BSON_ITER_HOLDS_NUMBER(&stored) || BSON_ITER_HOLDS_DECIMAL128(&stored);
}

std::optional<std::int64_t> read_integer(const bson_iter_t& stored) {
  switch (bson_iter_type(&stored)) {
    case BSON_TYPE_INT32:
    case BSON_TYPE_INT64:
      return bson_iter_as_int64(&stored);
    case BSON_TYPE_DOUBLE: {
      const double number = bson_iter_double(&stored);
      constexpr double kEnd = 9223372036854775808.0;  // 2⁶³
      if (!(number >= -kEnd && number < kEnd) || std::trunc(number) != number) return std::nullopt;
      return static_cast<std::int64_t>(number);
    }
    case BSON_TYPE_DECIMAL128:
      return exact_units(text_of(stored), 0);
    default:
      return std::nullopt;
  }
}

std::optional<double> read_double(const bson_iter_t& stored) {
  switch (bson_iter_type(&stored)) {
    case BSON_TYPE_DOUBLE: {
      const double number = bson_iter_double(&stored);
      return std::isfinite(number) ? std::optional(number) : std::nullopt;
    }
    case BSON_TYPE_INT32:
    case BSON_TYPE_INT64:
      return exact_double(std::to_string(bson_iter_as_int64(&stored)));
    case BSON_TYPE_DECIMAL128:
      return exact_double(text_of(stored));
    default:
      return std::nullopt;
  }
}

std::optional<std::int64_t> read_decimal(const bson_iter_t& stored, const Field& field) {
  switch (bson_iter_type(&stored)) {
    case BSON_TYPE_DOUBLE: {
      const double number = bson_iter_double(&stored);
      if (!std::isfinite(number)) return std::nullopt;
      return field.stored_as_double ? nearest_units(number, field.scale) : exact_units(shortest_text(number), field.scale);
    }
    case BSON_TYPE_INT32:
    case BSON_TYPE_INT64:
      return exact_units(std::to_string(bson_iter_as_int64(&stored)), field.scale);
    case BSON_TYPE_DECIMAL128:
      return exact_units(text_of(stored), field.scale);
    default:
      return std::nullopt;
  }
}

bson_decimal128_t decimal128_of(std::int64_t units, int scale) {
  std::string text;
  append_decimal(text, units, scale);
  bson_decimal128_t decimal;
  if (!bson_decimal128_from_string(text.c_str(), &decimal)) throw std::logic_error("a decimal that is no Decimal128");
  return decimal;
}

double double_of(std::int64_t units, int scale) {
  std::string text;
  append_decimal(text, units, scale);
  double number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

bool is_own_number(const bson_iter_t& stored, std::int64_t units, const Field& field) {
  const double own = double_of(units, field.scale);
  if (!BSON_ITER_HOLDS_DOUBLE(&stored)) return !field.stored_as_double || compare_double(own, units, field.scale) == 0;
  const double number = bson_iter_double(&stored);
  return field.stored_as_double ? number == own : compare_double(number, units, field.scale) == 0;
}

int compare_double(double number, std::int64_t units, int scale) {
  const DecimalPosition position = locate_decimal(exact_text(number), scale);
  if (position.beyond != 0) return position.beyond;
  if (position.floor != units) return position.floor < units ? -1 : 1;
  return position.exact ? 0 : 1;
}

}  // namespace holdfast::mongo
