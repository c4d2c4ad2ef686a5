#pragma once
// What tables, columns, indexes and keys a database has. Blocking.

#include <optional>
#include <string>
#include <vector>

#include "engine/postgres/connection.h"
#include "engine/sql/ddl.h"
#include "model/model.h"

namespace holdfast::postgres {

// What a column gets from the database in a record that says nothing of it.
enum class Filling : std::uint8_t { kNone, kDefault, kIdentity, kGenerated, kIdentityAlways };

struct StoredColumn {
  std::string name;
  std::string type;  // as format_type() writes it: "numeric(10,2)"
  bool not_null = false;
  Filling filling = Filling::kNone;
  bool by_code_point = false;            // texts compare so; true for types without a collation
  std::vector<std::string> labels = {};  // of a native enum; else empty
};

struct StoredIndex {
  std::string name;
  std::string method;  // btree, gin, …
  std::string comment;
  bool unique = false;
  bool primary = false;
  bool partial = false;
  bool has_expressions = false;
  bool is_constraint = false;        // made by one, and dropped with it
  bool nulls_conflict = false;       // NULLS NOT DISTINCT
  bool equal_by_code_point = false;  // no collation takes two texts for one
  std::vector<sql::IndexKey> keys;   // of an expression, an empty column; `nulls` is always said

  // On the column alone, whole.
  bool is_on(std::string_view column) const;
};

struct StoredForeignKey {
  std::string name;
  std::string schema, table;  // that it refers to
  bool is_current_schema = false;
  bool no_action = false;
  bool removes = false;  // a record with the one that it refers to
  bool deferrable = false;
  std::vector<std::string> columns, target_columns;  // one of each for the other

  bool refers_to(const Model& model) const;
  std::string target_text() const;
  bool is_on(std::string_view column) const { return columns.size() == 1 && columns[0] == column; }
};

struct StoredCheck {
  std::string name;
  std::string comment;
  std::string column;        // empty: of none, or of several
  bool is_of_json = false;   // looks at the type of a JSON value
  bool is_of_texts = false;  // admits some texts in its column, and does nothing else
};

struct StoredTable {
  std::vector<StoredColumn> columns;
  std::vector<StoredIndex> indexes;
  std::vector<StoredForeignKey> foreign_keys;
  std::vector<StoredCheck> checks;
  bool is_table = true;               // false: a view or something else of this name
  std::vector<std::string> heirs;     // tables that inherit from it, other than partitions, as SQL spells them
  std::string partitioning;           // "HASH (id)"; empty: none
  std::vector<std::string> unlogged;  // the table, or its partitions, as SQL spells them

  const StoredColumn* column(std::string_view name) const;
  const StoredIndex* index(std::string_view name) const;
  const StoredCheck* check(std::string_view name) const;
};

// What a foreign key is dropped by.
struct ConstraintName {
  std::string table;  // as a statement spells it
  std::string name;
};

// Thrown when a query of ours fails while starting.
struct QueryFailed {
  Failure failure;
  std::string what;
};

// Runs a query; throws QueryFailed.
Answer ask(DirectSession& session, const std::string& text, std::vector<Parameter> parameters = {});
void run(DirectSession& session, const std::string& statements);
std::string text_at(const Answer& answer, int row, int column);
bool boolean_at(const Answer& answer, int row, int column);

// Nothing when there is no relation of this name in the schema; an empty schema is the current one.
std::optional<StoredTable> read_table(DirectSession& session, const std::string& schema, const std::string& name);
// What a column of a domain is below it, as format_type() writes it; of another column, its type.
std::string base_type(DirectSession& session, const std::string& schema, const std::string& table, const std::string& column);
// All that join the column to others, whichever of the two it is.
std::vector<ConstraintName> foreign_keys_over(DirectSession& session, const std::string& schema, const std::string& table,
                                              const std::string& column);
// An index, table, view or sequence of this name is there.
bool relation_exists(DirectSession& session, const std::string& schema, const std::string& name);

}  // namespace holdfast::postgres
