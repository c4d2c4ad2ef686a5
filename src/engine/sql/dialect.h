#pragma once
// What differs between SQL databases when a plan is spelt out. Pure: text in, text out; one constant object per engine.

#include <string>
#include <string_view>
#include <vector>

#include "model/model.h"
#include "query/plan.h"

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

// What a column of a table is made of.
class ColumnTypes {
 public:
  virtual ~ColumnTypes() = default;

  virtual std::string column_type(const Field& field) const = 0;
  // A literal for DEFAULT.
  virtual std::string literal(const Field& field, const Value& value) const = 0;
};

// Fields are named by their ordinal, since nested ones may stand wherever scalars may.
class Dialect : public ColumnTypes {
 public:
  // `is_distinct`: compares like <> but takes null for a value.
  explicit Dialect(std::string_view is_distinct) : is_distinct_(is_distinct) {}
  std::string_view is_distinct() const noexcept { return is_distinct_; }

  // The column, or what stands for a nested field: one spelling everywhere, so that an index on it is used.
  virtual void append_field(std::string& out, const Model& model, std::size_t field) const;
  std::string field_text(const Model& model, std::size_t field) const;

  // The table of the model's records.
  virtual void append_table(std::string& out, const Model& model) const;
  // What an order by a key that admits null must say so that nulls come before every value, or after in a descending one.
  virtual std::string_view null_order(bool descending) const;
  // True: an expression that is null in every row would be sorted by, if the order named it.
  virtual bool sorts_by_null_expressions() const = 0;

  virtual void append_placeholder(std::string& out, std::size_t number) const = 0;
  virtual void append_nested(std::string& out, const Model& model, std::size_t field) const = 0;
  // Adds a parameter that is compared with the field; what stands for it may be written several times.
  virtual std::string add_operand(Statement& out, const Model& model, std::size_t field, const Value& value) const = 0;
  // True when the field is one of `operands`, of which there is at least one.
  virtual void append_in(Statement& out, const Model& model, std::size_t field, const std::vector<Value>& operands) const;
  // "the field is not null", in a form that an index can start from.
  virtual void append_present(std::string& out, const Model& model, std::size_t field) const = 0;
  // True when a text that is not null matches the pattern (semantics.md §2).
  virtual void append_like(Statement& out, const Model& model, std::size_t field, const std::string& pattern, bool ignore_case) const = 0;
  // True when the array holds one of `operands`, or every one; there is at least one, and there may be a thousand.
  virtual void append_has_any(Statement& out, const Model& model, std::size_t field, const std::vector<Value>& operands) const = 0;
  virtual void append_has_all(Statement& out, const Model& model, std::size_t field, const std::vector<Value>& operands) const = 0;
  // "is one of": what stands before it is compared with the set of ids that is this parameter.
  virtual void append_among(std::string& out, std::size_t number) const = 0;
  // What a search reads from: the records in which every wanted term stands and no unwanted one, and beside their own columns
  // `kRankColumn`.
  virtual void append_found(Statement& out, const Model& model, const SearchQuery& search) const = 0;

 private:
  std::string_view is_distinct_;
};

// Holds a rank (ListPlan::by_rank) as text of two hexadecimal digits a byte, which sorts alike.
inline constexpr std::string_view kRankColumn = "\"_hf_rank\"";
std::string rank_text(std::string_view rank);
std::string rank_of(std::string_view text);

// True also of every nested field: a member that was declared after a record had been written is missing there.
bool may_be_null(const Model& model, std::size_t field) noexcept;

// "name", with quotes doubled inside.
void append_identifier(std::string& out, std::string_view name);
std::string identifier(std::string_view name);

}  // namespace holdfast::sql
