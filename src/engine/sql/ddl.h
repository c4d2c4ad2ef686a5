#pragma once
// What a model needs in an SQL database, as values: a table, its columns, its indexes. Pure. Engines compare it with what is there and
// spell out the difference in their own words.

#include <string>
#include <vector>

#include "engine/sql/dialect.h"

namespace holdfast::sql {

struct ColumnDefinition {
  std::string name;
  std::string type;
  bool not_null = false;
  std::string default_literal;  // empty: none
  // A foreign key of its own; empty: none. NO ACTION always: what a removal does to others, Holdfast does itself.
  std::string references_table, references_column;
};

struct IndexKey {
  std::string column;  // of a nested field: its path
  bool descending = false;
  std::string expression;  // of a nested field: what stands for it; else empty
  std::string nulls = {};  // Dialect::null_order, when the field admits null
  friend bool operator==(const IndexKey&, const IndexKey&) = default;
};

struct IndexDefinition {
  std::string name;
  bool unique = false;
  std::vector<IndexKey> keys;

  bool has_expressions() const noexcept;
};

// An index on an array's elements; how is the engine's own matter.
struct ArrayIndexDefinition {
  std::size_t field = 0;
};

struct TableDefinition {
  std::string name;
  std::vector<ColumnDefinition> columns;  // the id first, then `_rev`, then the fields
  std::vector<IndexDefinition> indexes;   // without the id's own
  std::vector<ArrayIndexDefinition> array_indexes;
};

TableDefinition define_table(const Dialect& dialect, const Model& model);
// The same table with a foreign key on each reference.
TableDefinition with_foreign_keys(TableDefinition table, const Model& model, const Catalog& catalog);

// True when the elements of this array field are indexed.
bool is_array_indexed(const Model& model, std::size_t field);

// `ix_items__name`: prefix, table and columns, cut to what PostgreSQL keeps of a name with a hash for the rest.
std::string object_name(std::string_view prefix, const Model& model, const std::vector<IndexKey>& keys);

// `"name" TEXT not null default 'x' references "other" ("id")`
std::string column_text(const ColumnDefinition& column);
// `table`: as Dialect::append_table spells it.
std::string create_index_text(const IndexDefinition& index, std::string_view table);

}  // namespace holdfast::sql
