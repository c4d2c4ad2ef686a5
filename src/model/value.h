#pragma once
// What a field of a record can hold. The field says how to read it: a decimal is its count of 10^-scale units, an instant its
// milliseconds since 1970, both as int64; uuid, enum and date are strings.
//
// Absent is not Null: absent means "not sent" (in a write) or "not fetched" (in a projection); null is a value.

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace holdfast {

struct Absent {
  friend constexpr bool operator==(Absent, Absent) noexcept { return true; }
};
struct Null {
  friend constexpr bool operator==(Null, Null) noexcept { return true; }
};

class Value {
 public:
  using Array = std::vector<Value>;

  Value() noexcept = default;  // Absent
  Value(Null null) noexcept : data_(null) {}
  Value(bool boolean) noexcept : data_(boolean) {}
  Value(std::int64_t integer) noexcept : data_(integer) {}
  Value(double number) noexcept : data_(number) {}
  Value(std::string text) noexcept : data_(std::move(text)) {}
  Value(Array array) noexcept : data_(std::move(array)) {}
  Value(const char*) = delete;  // would become a bool
  Value(int) = delete;          // say std::int64_t

  bool is_absent() const noexcept { return std::holds_alternative<Absent>(data_); }
  bool is_null() const noexcept { return std::holds_alternative<Null>(data_); }

  // Each throws std::bad_variant_access when the value is of another kind: a broken invariant.
  bool boolean() const { return std::get<bool>(data_); }
  std::int64_t integer() const { return std::get<std::int64_t>(data_); }
  double number() const { return std::get<double>(data_); }
  const std::string& text() const { return std::get<std::string>(data_); }
  const Array& array() const { return std::get<Array>(data_); }

  const auto& alternatives() const noexcept { return data_; }

  friend bool operator==(const Value&, const Value&) = default;

 private:
  std::variant<Absent, Null, bool, std::int64_t, double, std::string, Array> data_;
};

// The order that lists are sorted in: null first, false before true, numbers by value, text by code point. Both values are of one field.
int compare(const Value& a, const Value& b);

// One stored record: values by field ordinal of its model, and the hidden revision (1 when made, +1 at each change, 0: written by others).
struct Record {
  std::vector<Value> values;
  std::int64_t revision = 0;
};

}  // namespace holdfast
