#include "engine/mongo/comparison.h"

#include <limits>

#include "engine/mongo/codec.h"
#include "engine/mongo/document.h"
#include "engine/mongo/number.h"

namespace holdfast::mongo {
namespace {

std::string_view operator_of(Order order) noexcept {
  switch (order) {
    case Order::kAbove:
      return "$gt";
    case Order::kAtLeast:
      return "$gte";
    case Order::kBelow:
      return "$lt";
    case Order::kAtMost:
      return "$lte";
  }
  return "";
}

void append_decimal128(bson_t& document, std::string_view key, const bson_decimal128_t& decimal) {
  bson_append_decimal128(&document, key.data(), static_cast<int>(key.size()), &decimal);
}

// Half a unit below `units`: from there on upwards doubles read as `units`. Beyond all that a `storage: double` can hold, `units` itself.
bson_decimal128_t half_below(std::int64_t units, int scale) {
  std::int64_t tenths = 0;
  if (__builtin_mul_overflow(units, std::int64_t{10}, &tenths) || __builtin_sub_overflow(tenths, std::int64_t{5}, &tenths)) {
    return decimal128_of(units, scale);
  }
  return decimal128_of(tenths, scale + 1);
}

std::int64_t next_unit(std::int64_t units) noexcept {
  return units == std::numeric_limits<std::int64_t>::max() ? units : units + 1;
}

const Field& compared_field(const Model& model, std::size_t ordinal) {
  const Field& field = model.field(ordinal);
  return field.kind == Kind::kArray ? *field.element : field;
}

}  // namespace

Comparison::Comparison(const Model& model, std::size_t field)
    : model_(model), field_(field), compared_(compared_field(model, field)), path_(stored_path(model, field)) {}

void Comparison::append_order(bson_t& query, Order order, const Value& value) const {
  Nested operators(query, path_);
  append_bound(operators, order, value);
}

void Comparison::append_equal(bson_t& query, const Value& value) const {
  if (is_rounded()) return append_interval(query, value);
  if (compared_.kind == Kind::kDecimal) return append_among(query, {&value, 1});
  Nested operators(query, path_);
  append_operand(operators, "$eq", value);
}

void Comparison::append_among(bson_t& query, std::span<const Value> values) const {
  if (!is_rounded()) return append_spellings(query, "$in", values);
  NestedArray any(query, "$or");
  for (const Value& value : values) {
    Nested one(any.get(), any.next_key());
    append_interval(one, value);
  }
}

void Comparison::append_not_among(bson_t& query, std::span<const Value> values) const {
  if (!is_rounded()) return append_spellings(query, "$nin", values);
  NestedArray none(query, "$nor");
  for (const Value& value : values) {
    Nested one(none.get(), none.next_key());
    append_interval(one, value);
  }
}

void Comparison::append_stored_order(bson_t& query, Order order, const Value& value, const bson_iter_t* stored) const {
  append_stored(query, operator_of(order), value, stored);
}

void Comparison::append_stored_equal(bson_t& query, const Value& value, const bson_iter_t* stored) const {
  append_stored(query, "$eq", value, stored);
}

void Comparison::append_null(bson_t& query) const {
  Nested operators(query, path_);
  mongo::append_null(operators, "$eq");
}

void Comparison::append_present(bson_t& query) const {
  Nested operators(query, path_);
  mongo::append_null(operators, "$ne");
}

void Comparison::append_operand(bson_t& operators, std::string_view op, const Value& value) const {
  if (field_ == 0) return append_id(operators, op, model_, value);
  append_value(operators, op, compared_, value);
}

void Comparison::append_stored(bson_t& query, std::string_view op, const Value& value, const bson_iter_t* stored) const {
  Nested operators(query, path_);
  if (stored == nullptr) return append_operand(operators, op, value);
  bson_append_iter(&operators.get(), op.data(), static_cast<int>(op.size()), stored);
}

// A decimal that others wrote as a double reads as what its shortest text says, but lies a little below or above that: the bound is
// whichever of the two leaves both of them, or neither, on its side.
void Comparison::append_bound(bson_t& operators, Order order, const Value& value) const {
  const std::string_view op = operator_of(order);
  if (compared_.kind != Kind::kDecimal) return append_operand(operators, op, value);
  const std::int64_t units = value.integer();
  const bool from_next = order == Order::kAbove || order == Order::kAtMost;
  if (compared_.stored_as_double) {
    const bool upwards = order == Order::kAbove || order == Order::kAtLeast;
    return append_decimal128(operators, upwards ? "$gte" : "$lt", half_below(from_next ? next_unit(units) : units, compared_.scale));
  }
  const double number = double_of(units, compared_.scale);
  const int difference = compare_double(number, units, compared_.scale);
  const bool by_double = from_next ? difference > 0 : difference < 0;
  if (by_double) return append_double(operators, op, number);
  append_decimal128(operators, op, decimal128_of(units, compared_.scale));
}

// What reads as this decimal. (Of an array: what one element of it does.)
void Comparison::append_interval(bson_t& query, const Value& value) const {
  Nested operators(query, path_);
  if (model_.field(field_).kind != Kind::kArray) {
    append_bound(operators, Order::kAtLeast, value);
    return append_bound(operators, Order::kAtMost, value);
  }
  Nested element(operators, "$elemMatch");
  append_bound(element, Order::kAtLeast, value);
  append_bound(element, Order::kAtMost, value);
}

void Comparison::append_spellings(bson_t& query, std::string_view op, std::span<const Value> values) const {
  Nested operators(query, path_);
  NestedArray list(operators, op);
  for (const Value& value : values) {
    append_operand(list.get(), list.next_key(), value);
    if (compared_.kind != Kind::kDecimal) continue;
    const double number = double_of(value.integer(), compared_.scale);
    if (compare_double(number, value.integer(), compared_.scale) != 0) append_double(list.get(), list.next_key(), number);
  }
}

}  // namespace holdfast::mongo
