#include "engine/sqlite/introspection.h"

#include <algorithm>
#include <cctype>
#include <stdexcept>

namespace holdfast::sqlite {
namespace {

std::string text_at(sqlite3_stmt* statement, int column) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
  return text == nullptr ? std::string() : std::string(text);
}

// Calls `row` for every row that `text` answers for the name.
template <typename Row>
void query(sqlite3* database, const std::string& text, const std::string& name, Row row) {
  PreparedStatement statement = prepare(database, text, false);
  if (!statement) throw std::runtime_error(sqlite3_errmsg(database));
  sqlite3_bind_text(statement.get(), 1, name.data(), static_cast<int>(name.size()), SQLITE_STATIC);
  int code;
  while ((code = sqlite3_step(statement.get())) == SQLITE_ROW) row(statement.get());
  if (code != SQLITE_DONE) throw std::runtime_error(sqlite3_errmsg(database));
}

// What the pragmas do not tell.
void read_metadata(sqlite3* database, const std::string& table, StoredColumn& column) {
  const char* collation = nullptr;
  int autoincrement = 0;
  sqlite3_table_column_metadata(database, nullptr, table.c_str(), column.name.c_str(), nullptr, &collation, nullptr, nullptr,
                                &autoincrement);
  column.autoincrement = autoincrement != 0;
  column.collation = collation == nullptr ? "" : collation;
}

template <typename Named>
const Named* find_named(const std::vector<Named>& all, std::string_view name) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const Named& one) { return one.name == name; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace

const StoredColumn* StoredTable::column(std::string_view name) const {
  return find_named(columns, name);
}
const StoredIndex* StoredTable::index(std::string_view name) const {
  return find_named(indexes, name);
}

std::vector<std::string> first_row(sqlite3* database, const std::string& text) {
  const PreparedStatement select = prepare(database, text, false);
  std::vector<std::string> row;
  if (!select || sqlite3_step(select.get()) != SQLITE_ROW) return row;
  for (int column = 0; column < sqlite3_column_count(select.get()); ++column) row.push_back(text_at(select.get(), column));
  return row;
}

bool object_exists(sqlite3* database, const std::string& name) {
  bool found = false;
  query(database, "select 1 from sqlite_schema where name = ?1", name, [&](sqlite3_stmt*) { found = true; });
  return found;
}

bool was_made_by(sqlite3* database, const std::string& text) {
  bool found = false;
  query(database, "select 1 from sqlite_schema where sql = ?1 collate nocase", text, [&](sqlite3_stmt*) { found = true; });
  return found;
}

std::string index_definition(const std::string& text) {
  constexpr std::string_view kWord = "index ";
  const auto is_same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  const auto found = std::search(text.begin(), text.end(), kWord.begin(), kWord.end(), is_same);
  return found == text.end() ? std::string() : std::string(found + kWord.size(), text.end());
}

std::optional<StoredTable> read_table(sqlite3* database, const std::string& name) {
  StoredTable table;
  query(database, "select name, type, \"notnull\", dflt_value is not null, pk from pragma_table_info(?1)", name, [&](sqlite3_stmt* row) {
    StoredColumn column;
    column.name = text_at(row, 0);
    column.type = text_at(row, 1);
    column.not_null = sqlite3_column_int(row, 2) != 0;
    column.has_default = sqlite3_column_int(row, 3) != 0;
    column.primary_key = sqlite3_column_int(row, 4) != 0;
    read_metadata(database, name, column);
    table.columns.push_back(std::move(column));
  });
  if (table.columns.empty()) return std::nullopt;
  query(database, "select 1 from sqlite_schema where type = 'view' and name = ?1 collate nocase", name,
        [&](sqlite3_stmt*) { table.is_view = true; });
  query(database, "select name, \"unique\", partial from pragma_index_list(?1)", name, [&](sqlite3_stmt* row) {
    table.indexes.push_back({text_at(row, 0), sqlite3_column_int(row, 1) != 0, sqlite3_column_int(row, 2) != 0, {}, {}});
  });
  for (StoredIndex& index : table.indexes) {
    query(database, "select name, \"desc\" from pragma_index_xinfo(?1) where key order by seqno", index.name, [&](sqlite3_stmt* row) {
      index.keys.push_back({text_at(row, 0), sqlite3_column_int(row, 1) != 0, {}});
    });
    query(database, "select sql from sqlite_schema where type = 'index' and name = ?1", index.name,
          [&](sqlite3_stmt* row) { index.definition = index_definition(text_at(row, 0)); });
  }
  query(database,
        "select \"from\", \"table\" from pragma_foreign_key_list(?1) where id in (select id from pragma_foreign_key_list(?1) group by id "
        "having "
        "count(*) = 1)",
        name, [&](sqlite3_stmt* row) {
          table.foreign_keys.push_back({text_at(row, 0), text_at(row, 1)});
        });
  return table;
}

}  // namespace holdfast::sqlite
