#pragma once
// SQL as SQLite understands it: STRICT tables, decimals as INTEGER, instants and arrays as TEXT, `like` and `ilike` as functions of ours.

#include "engine/sql/dialect.h"

namespace holdfast::sqlite {

class Dialect final : public sql::Dialect {
 public:
  Dialect() : sql::Dialect("is not") {}

  void append_placeholder(std::string& out, std::size_t number) const override;
  bool sorts_by_null_expressions() const override { return true; }
  std::string column_type(const Field& field) const override;
  std::string literal(const Field& field, const Value& value) const override;
  void append_nested(std::string& out, const Model& model, std::size_t field) const override;
  std::string add_operand(sql::Statement& out, const Model& model, std::size_t field, const Value& value) const override;
  void append_present(std::string& out, const Model& model, std::size_t field) const override;
  void append_like(sql::Statement& out, const Model& model, std::size_t field, const std::string& pattern, bool ignore_case) const override;
  void append_has_any(sql::Statement& out, const Model& model, std::size_t field, const std::vector<Value>& operands) const override;
  void append_has_all(sql::Statement& out, const Model& model, std::size_t field, const std::vector<Value>& operands) const override;
  void append_among(std::string& out, std::size_t number) const override;
  void append_found(sql::Statement& out, const Model& model, const SearchQuery& search) const override;
};

inline const Dialect kDialect;

// 'text', with quotes doubled inside.
std::string quoted(std::string_view text);

// The table that holds the elements of an indexed array.
// A field's value from what SQLite reads in JSON. There a number without fraction is an integer, which two records may hold apart that
// are the same double, as they are answered.
std::string read_json(const Field& field, std::string_view expression);

std::string side_table(const Model& model, std::size_t field);
// The table that holds what is searched (search_expression.h).
std::string search_table(const Model& model);
// The name of the hidden key that side tables and search refer to: `_row`, or the integer id.
std::string_view row_column(const Model& model) noexcept;

}  // namespace holdfast::sqlite
