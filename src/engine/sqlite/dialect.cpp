#include "engine/sqlite/dialect.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/timestamp.h"
#include "engine/sql/ddl.h"
#include "engine/sqlite/search_expression.h"
#include "model/record_json.h"
#include "model/storage_names.h"

namespace holdfast::sqlite {
namespace {

// What an element looks like to json_each, or is in a side table. Numbers go through SQLite's own reading of JSON on both sides, so that
// equal texts are equal numbers; strings are strings.
void append_element(sql::Statement& out, const Dialect& dialect, const Field& element, const Value& value) {
  std::string json;
  append_json_value(json, element, value);
  const bool is_text = json.front() == '"';
  if (is_text) {
    Value text = element.kind == Kind::kString || element.kind == Kind::kDate ? value : Value(json.substr(1, json.size() - 2));
    return dialect.append_placeholder(out.text, out.add(nullptr, std::move(text)));
  }
  out.text.append(read_json(element, fmt::format("json_extract(?{}, '$')", out.add(nullptr, Value(std::move(json))))));
}

void append_elements(sql::Statement& out, const Dialect& dialect, const Field& element, const std::vector<Value>& operands) {
  std::string_view separator = " in (";
  for (const Value& operand : operands) {
    out.text.append(separator);
    append_element(out, dialect, element, operand);
    separator = ", ";
  }
  out.text.append(")");
}

// The records of the side table that have one of the operands; the subquery stays open.
void append_rows_that_have(sql::Statement& out, const Dialect& dialect, const Model& model, std::size_t field,
                           const std::vector<Value>& operands) {
  out.text.append(fmt::format("{} in (select \"row\" from {} where value", sql::identifier(row_column(model)),
                              sql::identifier(side_table(model, field))));
  append_elements(out, dialect, *model.fields[field].element, operands);
}

// Those elements of the record's own array that are among the operands, after `select`; the subquery stays open.
void append_own_elements(sql::Statement& out, const Dialect& dialect, const Model& model, std::size_t field,
                         const std::vector<Value>& operands, std::string_view select) {
  out.text.append(fmt::format("{} from json_each({}.{}) where {}", select, sql::identifier(model.table),
                              sql::identifier(model.fields[field].column), read_json(*model.fields[field].element, "value")));
  append_elements(out, dialect, *model.fields[field].element, operands);
}

}  // namespace

void Dialect::append_placeholder(std::string& out, std::size_t number) const {
  out.push_back('?');
  fmt::format_to(std::back_inserter(out), "{}", number);
}

std::string Dialect::column_type(const Field& field) const {
  switch (field.kind) {
    case Kind::kInteger:
    case Kind::kDecimal:
    case Kind::kBoolean:
      return "INTEGER";
    case Kind::kNumber:
      return "REAL";
    case Kind::kString:
    case Kind::kDateTime:
    case Kind::kDate:
    case Kind::kArray:
    case Kind::kObject:
    case Kind::kJson:
      return "TEXT";
  }
  return "TEXT";
}

std::string Dialect::literal(const Field& field, const Value& value) const {
  switch (field.kind) {
    case Kind::kInteger:
    case Kind::kDecimal:
      return fmt::format("{}", value.integer());
    case Kind::kBoolean:
      return value.boolean() ? "1" : "0";
    case Kind::kNumber:
      return fmt::format("{}", value.number());
    case Kind::kString:
    case Kind::kDate:
      return quoted(value.text());
    case Kind::kDateTime: {
      std::string text;
      append_timestamp(text, value.integer());
      return quoted(text);
    }
    case Kind::kArray:
    case Kind::kObject:
    case Kind::kJson: {
      std::string json;
      append_stored_json(json, field, value);
      return quoted(json);
    }
  }
  return "null";
}

// `$.city`: names of members are letters, digits and underscores.
void Dialect::append_nested(std::string& out, const Model& model, std::size_t field) const {
  const Field& nested = model.field(field);
  const std::string_view path = std::string_view(nested.name).substr(model.fields[model.holder(field)].name.size());
  out.append(read_json(nested, fmt::format("json_extract({},'${}')", sql::identifier(nested.column), path)));
}

std::string Dialect::add_operand(sql::Statement& out, const Model& model, std::size_t field, const Value& value) const {
  const Field& compared = model.field(field);
  if (field < model.fields.size() || compared.kind != Kind::kNumber || value.is_null())
    return fmt::format("?{}", out.add(&compared, value));
  std::string json;
  append_json_value(json, compared, value);
  return read_json(compared, fmt::format("json_extract(?{}, '$')", out.add(nullptr, Value(std::move(json)))));
}

// `is not null` is no range of an index here; "at least the least value of the type" is.
void Dialect::append_present(std::string& out, const Model& model, std::size_t field) const {
  append_field(out, model, field);
  const std::string type = column_type(model.field(field));
  out.append(type == "TEXT" ? " >= ''" : type == "REAL" ? " >= -9e999" : " >= -9223372036854775808");
}

void Dialect::append_like(sql::Statement& out, const Model& model, std::size_t field, const std::string& pattern, bool ignore_case) const {
  out.text.append(ignore_case ? "hf_ilike(" : "hf_like(");
  append_placeholder(out.text, out.add(nullptr, Value(pattern)));
  out.text.append(", ");
  append_field(out.text, model, field);
  out.text.append(")");
}

void Dialect::append_has_any(sql::Statement& out, const Model& model, std::size_t field, const std::vector<Value>& operands) const {
  if (sql::is_array_indexed(model, field)) {
    append_rows_that_have(out, *this, model, field, operands);
    out.text.append(")");
  } else {
    append_own_elements(out, *this, model, field, operands, "exists (select 1");
    out.text.append(")");
  }
}

// Counted, not one subquery for each operand: SQLite takes no more than 1,000 terms in a row, and a thousand subqueries 20 ms to compile.
void Dialect::append_has_all(sql::Statement& out, const Model& model, std::size_t field, const std::vector<Value>& operands) const {
  std::vector<Value> distinct = operands;
  std::sort(distinct.begin(), distinct.end(), [](const Value& a, const Value& b) { return compare(a, b) < 0; });
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  if (distinct.size() == 1) return append_has_any(out, model, field, distinct);
  if (sql::is_array_indexed(model, field)) {
    append_rows_that_have(out, *this, model, field, distinct);
    out.text.append(fmt::format(" group by \"row\" having count(*) = {})", distinct.size()));
  } else {
    append_own_elements(out, *this, model, field, distinct,
                        fmt::format("(select count(distinct {})", read_json(*model.fields[field].element, "value")));
    out.text.append(fmt::format(") = {}", distinct.size()));
  }
}

// A set is a JSON array.
void Dialect::append_among(std::string& out, std::size_t number) const {
  fmt::format_to(std::back_inserter(out), " in (select value from json_each(?{}))", number);
}

// The rows of the search table first, always: each is one seek in the table of records, never the other way about. Inside, no column of
// theirs can be mistaken for one of the model's.
void Dialect::append_found(sql::Statement& out, const Model& model, const SearchQuery& search) const {
  const std::string index = sql::identifier(search_table(model));
  const std::string table = sql::identifier(model.table);
  const SearchExpression expression = search_expression(*model.search, search);
  const std::size_t phrases = out.add(nullptr, Value(expression.phrases));
  const std::size_t match = out.add(nullptr, Value(expression.match));
  out.text.append(fmt::format(
      "(select rowid as \"_hf_row\", hf_rank({0}, ?{1}) as {2} from {0} where {0} match ?{3}) cross join {4} on {4}.{5} = \"_hf_row\"",
      index, phrases, sql::kRankColumn, match, table, sql::identifier(row_column(model))));
}

std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') out.push_back('\'');
    out.push_back(c);
  }
  return out.append("'");
}

std::string read_json(const Field& field, std::string_view expression) {
  return field.kind == Kind::kNumber ? fmt::format("cast({} as real)", expression) : std::string(expression);
}

std::string side_table(const Model& model, std::size_t field) {
  return side_table_name(model, field);
}

std::string search_table(const Model& model) {
  return search_table_name(model);
}

std::string_view row_column(const Model& model) noexcept {
  return model.id_kind == IdKind::kInteger ? std::string_view(model.fields[0].column) : std::string_view("_row");
}

}  // namespace holdfast::sqlite
