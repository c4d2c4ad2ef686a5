#pragma once
// SQL as PostgreSQL understands it: native types, texts by code point, members of objects out of jsonb, patterns as regular expressions.
//
// Parameters are sent with their types (codec.h), so no placeholder is cast.

#include "engine/sql/dialect.h"

namespace holdfast::postgres {

class Dialect final : public sql::Dialect {
 public:
  Dialect() : sql::Dialect("is distinct from") {}

  void append_table(std::string& out, const Model& model) const override;
  std::string_view null_order(bool descending) const override;
  bool sorts_by_null_expressions() const override { return false; }
  void append_placeholder(std::string& out, std::size_t number) const override;
  std::string column_type(const Field& field) const override;
  std::string literal(const Field& field, const Value& value) const override;
  void append_field(std::string& out, const Model& model, std::size_t field) const override;
  void append_nested(std::string& out, const Model& model, std::size_t field) const override;
  std::string add_operand(sql::Statement& out, const Model& model, std::size_t field, const Value& value) const override;
  void append_in(sql::Statement& out, const Model& model, std::size_t field, const std::vector<Value>& operands) const override;
  void append_present(std::string& out, const Model& model, std::size_t field) const override;
  void append_like(sql::Statement& out, const Model& model, std::size_t field, const std::string& pattern, bool ignore_case) const override;
  void append_has_any(sql::Statement& out, const Model& model, std::size_t field, const std::vector<Value>& operands) const override;
  void append_has_all(sql::Statement& out, const Model& model, std::size_t field, const std::vector<Value>& operands) const override;
  void append_among(std::string& out, std::size_t number) const override;
  void append_found(sql::Statement& out, const Model& model, const SearchQuery& search) const override;
};

inline const Dialect kDialect;

// `"items"`, or `"shop"."items"` when the model names a schema.
std::string table_text(const Model& model);

// A literal, whatever standard_conforming_strings says.
std::string quoted(std::string_view text);

// An advanced regular expression that matches the whole of a text iff the `like` pattern does.
std::string regular_expression(std::string_view pattern, bool ignore_case);

}  // namespace holdfast::postgres
