#pragma once
// What tables, columns and indexes a file has.

#include <optional>
#include <string>
#include <vector>

#include "engine/sql/ddl.h"
#include "engine/sqlite/handles.h"

namespace holdfast::sqlite {

struct StoredColumn {
  std::string name;
  std::string type;  // as declared
  bool not_null = false;
  bool has_default = false;
  bool primary_key = false;
  bool autoincrement = false;
  std::string collation;  // as texts are compared
};

struct StoredIndex {
  std::string name;
  bool unique = false;
  bool partial = false;
  std::vector<sql::IndexKey> keys;  // of an expression, an empty column
  std::string definition;           // what follows `CREATE [UNIQUE] INDEX `; empty for those that SQLite made by itself
};

// Of one column; keys of several are not told.
struct StoredForeignKey {
  std::string column;
  std::string table;  // that it refers to
};

struct StoredTable {
  bool is_view = false;
  std::vector<StoredColumn> columns;
  std::vector<StoredIndex> indexes;
  std::vector<StoredForeignKey> foreign_keys;

  const StoredColumn* column(std::string_view name) const;
  const StoredIndex* index(std::string_view name) const;
};

// Nothing when there is no table of this name. std::runtime_error when the file cannot be read.
std::optional<StoredTable> read_table(sqlite3* database, const std::string& name);

// What follows `create [unique] index ` in the text that makes one.
std::string index_definition(const std::string& text);

// The columns of the first row that `text` answers, as texts; none when there is no row.
std::vector<std::string> first_row(sqlite3* database, const std::string& text);
bool object_exists(sqlite3* database, const std::string& name);
// True when this statement made something that is there. (SQLite keeps it, and writes its first words in capitals.)
bool was_made_by(sqlite3* database, const std::string& text);

}  // namespace holdfast::sqlite
