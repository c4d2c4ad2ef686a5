#pragma once
// What differs between SQL databases when a plan is spelt out. Pure: text in, text out; one constant object per engine.

#include <string>
#include <string_view>
#include <vector>

#include "model/model.h"

namespace holdfast::sql {

// A value as bound to a placeholder. The engine's codec stores it as the field says; without a field it goes as it is (limits, JSON text).
struct Bound {
  const Field* field = nullptr;
  Value value;
  friend bool operator==(const Bound&, const Bound&) = default;
};

// A statement and its parameters: parameters[0] is number 1. The text holds no value that came from outside.
struct Statement {
  std::string text;
  std::vector<Bound> parameters;

  // Adds a parameter and returns its number, from 1; a number may be named several times in the text.
  std::size_t add(const Field* field, Value value);
  friend bool operator==(const Statement&, const Statement&) = default;
};

class Dialect {
 public:
  virtual ~Dialect() = default;

  virtual void append_placeholder(std::string& out, std::size_t number) const = 0;
  // Compares like <> but takes null for a value.
  virtual std::string_view is_distinct() const noexcept = 0;
  virtual std::string_view column_type(const Field& field) const = 0;
  // A literal for DEFAULT.
  virtual std::string literal(const Field& field, const Value& value) const = 0;
  // "column is not null", in a form that an index can start from.
  virtual void append_present(std::string& out, const Field& field) const = 0;
  // True when a column that is not null matches the pattern (semantics.md §2).
  virtual void append_like(Statement& out, const Field& field, const std::string& pattern, bool ignore_case) const = 0;
  // True when the array holds one of `operands`, or every one; there is at least one, and there may be a thousand.
  virtual void append_has_any(Statement& out, const Model& model, std::size_t field, const std::vector<Value>& operands) const = 0;
  virtual void append_has_all(Statement& out, const Model& model, std::size_t field, const std::vector<Value>& operands) const = 0;
};

// "name", with quotes doubled inside.
void append_identifier(std::string& out, std::string_view name);
std::string identifier(std::string_view name);

}  // namespace holdfast::sql
