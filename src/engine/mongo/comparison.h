#pragma once
// One field compared with values, as operators of a query: `{$gt: 5}`. Decimals compare as what they read as, whatever type others wrote
// them in. Pure.

#include <span>
#include <string>

#include "engine/mongo/handles.h"
#include "model/model.h"

namespace holdfast::mongo {

enum class Order : std::uint8_t { kAbove, kAtLeast, kBelow, kAtMost };

class Comparison {
 public:
  // A scalar field, or an array whose elements are compared.
  Comparison(const Model& model, std::size_t field);

  const std::string& path() const noexcept { return path_; }

  // Each appends members to a query document.
  void append_order(bson_t& query, Order order, const Value& value) const;
  void append_equal(bson_t& query, const Value& value) const;
  // Equal to one of them, or to none of them; what is null is equal to none. There is at least one.
  void append_among(bson_t& query, std::span<const Value> values) const;
  void append_not_among(bson_t& query, std::span<const Value> values) const;
  // By the stored number itself, as the server sorts: `stored`, or the one that we write for the value.
  void append_stored_order(bson_t& query, Order order, const Value& value, const bson_iter_t* stored) const;
  void append_stored_equal(bson_t& query, const Value& value, const bson_iter_t* stored) const;
  void append_null(bson_t& query) const;
  void append_present(bson_t& query) const;

 private:
  bool is_rounded() const noexcept { return compared_.kind == Kind::kDecimal && compared_.stored_as_double; }
  void append_operand(bson_t& operators, std::string_view op, const Value& value) const;
  void append_stored(bson_t& query, std::string_view op, const Value& value, const bson_iter_t* stored) const;
  void append_bound(bson_t& operators, Order order, const Value& value) const;
  void append_interval(bson_t& query, const Value& value) const;
  void append_spellings(bson_t& query, std::string_view op, std::span<const Value> values) const;

  const Model& model_;
  std::size_t field_;
  const Field& compared_;
  std::string path_;
};

}  // namespace holdfast::mongo
