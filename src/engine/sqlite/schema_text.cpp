#include "engine/sqlite/schema_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "engine/sqlite/dialect.h"

namespace holdfast::sqlite {
namespace {

// What a foreign writer could store in a column of this type and Holdfast could not read.
std::string check_text(const Model& model, const std::string& column) {
  const auto field = std::find_if(model.fields.begin(), model.fields.end(), [&](const Field& f) { return f.column == column; });
  if (field == model.fields.end()) return {};
  if (field->kind == Kind::kBoolean) return fmt::format(" check ({} in (0, 1))", sql::identifier(column));
  if (field->kind == Kind::kArray) return fmt::format(" check (json_type({}) = 'array')", sql::identifier(column));
  const bool is_object = field->kind == Kind::kObject || field->kind == Kind::kJson;
  if (is_object) return fmt::format(" check (json_type({}) = 'object')", sql::identifier(column));
  return {};
}

std::string id_text(const Model& model) {
  const std::string id = sql::identifier(model.fields[0].column);
  if (model.id_kind == IdKind::kInteger) return fmt::format("  {} INTEGER PRIMARY KEY AUTOINCREMENT", id);
  return fmt::format("  \"_row\" INTEGER PRIMARY KEY,\n  {} TEXT not null unique", id);
}

}  // namespace

std::string create_table_text(const Model& model, const sql::TableDefinition& table) {
  std::string out = fmt::format("create table {} (\n{}", sql::identifier(table.name), id_text(model));
  for (std::size_t i = 1; i < table.columns.size(); ++i) {
    out.append(",\n  ").append(sql::column_text(table.columns[i])).append(check_text(model, table.columns[i].name));
  }
  return out.append("\n) strict");
}

std::string add_column_text(const Model& model, const sql::ColumnDefinition& column) {
  return fmt::format("alter table {} add column {}{}", sql::identifier(model.table), sql::column_text(column),
                     check_text(model, column.name));
}

std::vector<std::string> define_array_index_texts(const Model& model, std::size_t field) {
  const std::string name = side_table(model, field);
  const std::string side = sql::identifier(name);
  const std::string table = sql::identifier(model.table);
  const std::string column = sql::identifier(model.fields[field].column);
  const std::string row = sql::identifier(row_column(model));
  const std::string insert_new =
      fmt::format("insert into {} (value, \"row\") select distinct {}, new.{} from json_each(new.{}) where value is not null;", side,
                  read_json(*model.fields[field].element, "value"), row, column);
  const auto remove = [&](std::string_view rows) { return fmt::format("delete from {} where \"row\" {};", side, rows); };
  const auto trigger = [&](std::string_view event, std::string_view when, const std::string& body) {
    return fmt::format("create trigger {} after {} on {} begin {} end", sql::identifier(fmt::format("{}_{}", name, event)), when, table,
                       body);
  };
  return {
      fmt::format("create table {} (value ANY not null, \"row\" INTEGER not null, primary key (value, \"row\")) strict, without rowid",
                  side),
      fmt::format("create index {} on {} (\"row\")", sql::identifier("ix_" + name + "__row"), side),
      // A record that REPLACE took away left its elements behind, since no delete trigger fires for it; its row may be given again.
      trigger("insert", "insert", remove(fmt::format("= new.{}", row)) + " " + insert_new),
      trigger("update", fmt::format("update of {}, {}", row, column), remove(fmt::format("in (old.{0}, new.{0})", row)) + " " + insert_new),
      trigger("delete", "delete", remove(fmt::format("= old.{}", row))),
  };
}

// The element has a name of ours, since a column of the collection may be called `value` too.
std::string fill_array_index_text(const Model& model, std::size_t field) {
  const std::string table = sql::identifier(model.table);
  return fmt::format(
      "insert into {} (value, \"row\") select distinct {}, {}.{} from {}, json_each({}.{}) as _hf_e "
      "where _hf_e.value is not null",
      sql::identifier(side_table(model, field)), read_json(*model.fields[field].element, "_hf_e.value"), table,
      sql::identifier(row_column(model)), table, table, sql::identifier(model.fields[field].column));
}

std::string affinity(std::string_view declared_type) {
  std::string type(declared_type);
  std::transform(type.begin(), type.end(), type.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  const auto has = [&](std::string_view part) { return type.find(part) != std::string::npos; };
  if (has("INT")) return "INTEGER";
  if (has("CHAR") || has("CLOB") || has("TEXT")) return "TEXT";
  if (has("BLOB") || type.empty()) return "BLOB";
  if (has("REAL") || has("FLOA") || has("DOUB")) return "REAL";
  return "NUMERIC";
}

}  // namespace holdfast::sqlite
