#include "engine/sql/ddl.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/hash.h"

namespace holdfast::sql {
namespace {

// PostgreSQL cuts longer names without a word.
constexpr std::size_t kLongestName = 63;

IndexKey define_key(const Dialect& dialect, const Model& model, const SortKey& key) {
  IndexKey defined{model.field(key.field).column, key.descending, {}};
  if (may_be_null(model, key.field)) defined.nulls = dialect.null_order(key.descending);
  if (key.field < model.fields.size()) return defined;
  defined.column = model.field(key.field).name;
  defined.expression = dialect.field_text(model, key.field);
  return defined;
}

IndexDefinition define_index(const Dialect& dialect, const Model& model, const Index& index) {
  IndexDefinition definition;
  bool has_id = false;
  for (const SortKey& key : index.keys) {
    definition.keys.push_back(define_key(dialect, model, key));
    has_id = has_id || key.field == 0;
  }
  definition.name = object_name("ix", model, definition.keys);
  if (!has_id) definition.keys.push_back({model.fields[0].column, index.keys.back().descending, {}});
  return definition;
}

IndexDefinition define_unique(const Dialect& dialect, const Model& model, const UniqueKey& key) {
  IndexDefinition definition;
  definition.unique = true;
  for (const std::size_t field : key.fields) definition.keys.push_back(define_key(dialect, model, {field, false}));
  definition.name = object_name("uq", model, definition.keys);
  return definition;
}

ColumnDefinition define_column(const Dialect& dialect, const Field& field) {
  ColumnDefinition column;
  column.name = field.column;
  column.type = dialect.column_type(field);
  column.not_null = !field.admits_null;
  const bool has_default = !field.default_value.is_absent() && !field.default_value.is_null();
  if (has_default) column.default_literal = dialect.literal(field, field.default_value);
  return column;
}

}  // namespace

TableDefinition define_table(const Dialect& dialect, const Model& model) {
  TableDefinition table;
  table.name = model.table;
  ColumnDefinition revision;
  revision.name = "_rev";
  Field integer;
  integer.kind = Kind::kInteger;
  revision.type = dialect.column_type(integer);
  revision.not_null = true;
  revision.default_literal = "0";
  for (std::size_t i = 0; i < model.fields.size(); ++i) {
    table.columns.push_back(define_column(dialect, model.fields[i]));
    if (i == 0) {
      table.columns.front().not_null = true;
      table.columns.push_back(revision);
    }
  }
  const auto add = [&table](IndexDefinition index) {
    const auto same = [&](const IndexDefinition& other) { return other.name == index.name; };
    if (std::none_of(table.indexes.begin(), table.indexes.end(), same)) table.indexes.push_back(std::move(index));
  };
  for (const UniqueKey& key : model.unique_keys) add(define_unique(dialect, model, key));
  for (const Index& index : model.indexes) {
    if (model.field(index.keys.front().field).kind != Kind::kArray) add(define_index(dialect, model, index));
  }
  for (std::size_t i = 0; i < model.fields.size(); ++i) {
    if (is_array_indexed(model, i)) table.array_indexes.push_back({i});
  }
  return table;
}

bool IndexDefinition::has_expressions() const noexcept {
  return std::any_of(keys.begin(), keys.end(), [](const IndexKey& key) { return !key.expression.empty(); });
}

TableDefinition with_foreign_keys(TableDefinition table, const Model& model, const Catalog& catalog) {
  for (const Field& field : model.fields) {
    if (!field.is_reference()) continue;
    const Model& target = *catalog.find(field.ref);
    for (ColumnDefinition& column : table.columns) {
      if (column.name != field.column) continue;
      column.references_table = target.table;
      column.references_column = target.fields[0].column;
    }
  }
  return table;
}

bool is_array_indexed(const Model& model, std::size_t field) {
  if (model.fields[field].kind != Kind::kArray) return false;
  return std::any_of(model.indexes.begin(), model.indexes.end(), [&](const Index& index) { return index.keys.front().field == field; });
}

// Index names are one space per schema, so they start with the table's. Two underscores join, since columns seldom hold them.
std::string object_name(std::string_view prefix, const Model& model, const std::vector<IndexKey>& keys) {
  std::string name = fmt::format("{}_{}", prefix, model.table);
  for (const IndexKey& key : keys) name.append("__").append(key.column).append(key.descending ? "_desc" : "");
  if (name.size() <= kLongestName) return name;
  const std::string hash = fmt::format("_{:08x}", static_cast<std::uint32_t>(content_hash(name)));
  std::size_t end = kLongestName - hash.size();
  while ((static_cast<unsigned char>(name[end]) & 0xc0) == 0x80) --end;  // at the first byte of a character
  return name.substr(0, end) + hash;
}

std::string column_text(const ColumnDefinition& column) {
  std::string out = identifier(column.name) + " " + column.type;
  if (column.not_null) out.append(" not null");
  if (!column.default_literal.empty()) out.append(" default ").append(column.default_literal);
  if (!column.references_table.empty()) {
    out.append(" references ")
        .append(identifier(column.references_table))
        .append(" (")
        .append(identifier(column.references_column))
        .append(")");
  }
  return out;
}

std::string create_index_text(const IndexDefinition& index, std::string_view table) {
  std::string out = fmt::format("create {}index {} on {} (", index.unique ? "unique " : "", identifier(index.name), table);
  for (std::size_t i = 0; i < index.keys.size(); ++i) {
    if (i != 0) out.append(", ");
    if (index.keys[i].expression.empty()) append_identifier(out, index.keys[i].column);
    out.append(index.keys[i].expression);
    if (index.keys[i].descending) out.append(" desc");
    out.append(index.keys[i].nulls);
  }
  return out.append(")");
}

}  // namespace holdfast::sql
