#pragma once
// The DDL of PostgreSQL, as text. Pure; golden tests beside it.

#include <optional>
#include <string>
#include <vector>

#include "engine/sql/ddl.h"

namespace holdfast::postgres {

std::string create_table_text(const Model& model, const sql::TableDefinition& table);
std::string add_column_text(const Model& model, const sql::ColumnDefinition& column);

// GIN, on arrays.
std::string array_index_name(const Model& model, std::string_view column);
std::string create_array_index_text(const Model& model, std::string_view column);

// NO ACTION, deferrable. On a table that has records it is not checked against those: `doctor` finds them.
std::string foreign_key_name(const Model& model, const Field& field);
std::string add_foreign_key_text(const Model& model, const Field& field, const Model& target, bool has_records);

// What an enum admits, as a constraint.
std::string enum_check_name(const Model& model, const Field& field);
std::string enum_condition(const Field& field);

// Whether a column of this type, as format_type() writes it, keeps every value of the type that the model needs, and has no finer order:
// a decimal with more digits is refused when it is read, an instant is not.
enum class TypeFit : std::uint8_t {
  kFits,
  kWiden,  // by `alter column … type`, which touches no record
  kOther,
};
TypeFit fit_of(std::string_view stored, std::string_view wanted);
// Texts, numbers or times stay what they are: checks and defaults then need no change.
bool is_same_kind(std::string_view stored, std::string_view wanted);
// A foreign key between columns of the two types is one that PostgreSQL admits, whichever of them refers to the other.
bool may_stay_joined(std::string_view stored, std::string_view wanted);
// ` using …`, so that each value stays what it is, or the statement fails; empty where PostgreSQL does so by itself; nothing: no statement
// does, or always fails. Texts become dates and instants as PostgreSQL reads them. Of a domain, `stored` is the type below it.
std::optional<std::string> conversion_text(std::string_view column, std::string_view stored, std::string_view wanted);
// Whether a column that fits may hold values of what was remembered of it, which is not what the model says now: several kinds are kept as
// jsonb, decimals of several scales as a numeric that has more digits than the model. Else the column has been given another type since.
bool may_hold(std::string_view meaning, std::string_view stored, std::string_view wanted);
// "numeric(10,2)" of `numeric(10,2)`, "text" of `text collate "C"`.
std::string_view without_collation(std::string_view type);

}  // namespace holdfast::postgres
