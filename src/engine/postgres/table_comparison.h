#pragma once
// One model against its table: what must be done, and what cannot be.

#include <fmt/format.h>

#include <optional>
#include <string>
#include <vector>

#include "engine/postgres/introspection.h"
#include "engine/sql/column_meaning.h"

namespace holdfast::postgres {

class TableComparison {
 public:
  TableComparison(DirectSession& session, const Model& model, const Catalog& catalog, const sql::Meanings& meanings);

  void compare();

  bool is_new() const noexcept { return !stored_; }

  std::vector<std::string> steps;         // DDL that creates what is missing
  std::vector<std::string> foreign_keys;  // the same, when the tables of all models are there
  std::vector<std::string> problems;      // sentences

 private:
  void create_all();
  bool has_schema() const;
  bool was_other_table();
  bool was_other_column(std::string_view column);
  std::string column_before(std::string_view column) const;
  std::string column_after(const std::string& column) const;
  std::string rename_what_follows(const StoredTable& stored, const Model& old) const;
  void compare_kind();
  void compare_column(const sql::ColumnDefinition& wanted, bool is_id);
  void refuse_missing_column(const sql::ColumnDefinition& wanted, bool is_id);
  void compare_revision(const sql::ColumnDefinition& wanted, const StoredColumn& stored);
  bool has_right_type(const Field& field, const StoredColumn& stored) const;
  const Field* native_enum(const std::string& column) const;
  void compare_labels(const Field& field, const StoredColumn& stored);
  void compare_type(const sql::ColumnDefinition& wanted, const StoredColumn& stored);
  void compare_nullability(const sql::ColumnDefinition& wanted, const StoredColumn& stored);
  void compare_meaning(const Field& field);
  std::optional<std::string> retype_text(const sql::ColumnDefinition& wanted, const StoredColumn& stored) const;
  std::string drop_joins_text(const std::string& column, std::string_view stored, std::string_view wanted) const;
  bool has_values(const std::string& column) const;
  void compare_key();
  void compare_extra_columns();
  void compare_search_columns();
  void compare_index(const sql::IndexDefinition& wanted);
  void compare_array_index(const std::string& name, std::string_view column);
  bool has_duplicates(const sql::IndexDefinition& wanted);
  void compare_extra_keys();
  void compare_foreign_keys();
  void compare_foreign_key(const StoredForeignKey& key);
  void compare_enum(const Field& field);
  void create_index(const sql::IndexDefinition& index);
  std::string relation_text(const std::string& name) const;
  std::string drop_text(const StoredIndex& index) const;
  bool is_stricter(const StoredIndex& index) const;

  template <typename... Parts>
  void problem(fmt::format_string<Parts...> format, Parts&&... parts) {
    problems.push_back(model_.table + ": " + fmt::format(format, std::forward<Parts>(parts)...));
  }

  DirectSession& session_;
  const Model& model_;
  const Catalog& catalog_;
  const sql::Meanings& meanings_;
  const std::string table_;
  const sql::TableDefinition wanted_;
  const std::optional<StoredTable> stored_;
};

// The statement that keeps a value in `_hf_meta`.
std::string keep_meta_text(const std::string& key, const std::string& value);

}  // namespace holdfast::postgres
