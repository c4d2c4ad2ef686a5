#pragma once
// The rows of all collections, on the handle that writes. Belongs to the writer's thread.
//
// Every change of a row is insert_row, update_row or remove_row, whoever asks for it: what must follow each change stands there.

#include <functional>
#include <optional>
#include <span>
#include <unordered_map>

#include "engine/removal_walk.h"
#include "engine/sqlite/handles.h"
#include "engine/sqlite/search_index.h"
#include "engine/store.h"

namespace holdfast::sqlite {

struct StoredRow {
  Record record;
  std::int64_t row = 0;  // its number; 0 unless the model has `search`, which alone needs it
};

class Rows {
 public:
  // Borrows the writer's handle.
  explicit Rows(sqlite3* database);

  // not_found.
  Result<StoredRow> find(const Model& model, const Value& id);
  // The record that has the same values in a unique key, none of which is null.
  Result<std::optional<StoredRow>> find(const Model& model, std::span<const std::size_t> key, const Record& values);
  Result<bool> exists(const Model& model, const Value& id);

  // With the rows' own numbers.
  Result<RemovalAnswer> answer(const RemovalQuestion& question);

  // An error may be a unique violation, which is remembered: see name_clashes().
  // An integer id that is Absent is made.
  Result<void> insert_row(const Model& model, Record& record);
  Result<void> update_row(const Model& model, const StoredRow& before, const Record& after);
  Result<void> remove_row(const Model& model, const Value& id, std::int64_t row);

  // Before each write.
  void forget_violation() noexcept { violation_.reset(); }
  // After a failed insert or update was rolled back to before it: the unique_violation that names every key that clashes; nothing when it
  // failed otherwise.
  std::optional<Error> name_clashes();

  // What these changes make of the search data, until it is flushed.
  SearchIndex& search() noexcept { return search_; }
  const SearchIndex& search() const noexcept { return search_; }

 private:
  // Of one model, prepared when first used: by far the most frequent.
  struct Statements {
    PreparedStatement insert, insert_with_id, find, exists, remove;
  };
  // What is needed to name every key that clashes, once the savepoint is rolled back.
  struct Violation {
    const Model* model;
    Record record;
    Value own_id;         // Null: a new record
    std::string message;  // SQLite's, which names one key
  };

  sqlite3_stmt* prepared(PreparedStatement& statement, const std::function<std::string()>& text);
  Result<std::optional<StoredRow>> step_to_row(sqlite3_stmt* statement, const Model& model);
  // Steps a statement that answers no row.
  Result<void> step(sqlite3_stmt* statement, const Model& model, const Record* record, const Value& own_id);
  Result<std::string> kept_object(const Model& model, std::size_t field, const Value& id, const Value& value);
  bool clashes(const Model& model, const UniqueKey& key, const Record& record, const Value& own_id);

  sqlite3* database_;
  StatementCache statements_;
  SearchIndex search_;
  std::unordered_map<const Model*, Statements> by_model_;
  std::optional<Violation> violation_;
};

}  // namespace holdfast::sqlite
