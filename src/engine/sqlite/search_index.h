#pragma once
// What is searched, kept in step with the records: changes are collected while a group of writes is applied, and written to the search
// tables in one go behind its last savepoint, since FTS5 writes out its index at each savepoint. Belongs to the writer's thread.
//
// Every call is for nothing, and costs nothing, on a model without `search`.

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/sqlite/handles.h"
#include "model/model.h"

namespace holdfast::sqlite {

class SearchIndex {
 public:
  // Borrows a handle that writes.
  explicit SearchIndex(sqlite3* database) : database_(database) {}

  // True when the change touches what is searched, so that put() must follow.
  static bool concerns(const Model& model, const Record& before, const Record& after);

  // `row`: the record's hidden key (row_column in dialect.h). The last call for a row counts.
  void put(const Model& model, std::int64_t row, const Record& record);
  void remove(const Model& model, std::int64_t row);

  // Before a savepoint; and when it was rolled back.
  std::size_t mark() const noexcept { return changes_.size(); }
  void roll_back_to(std::size_t mark) { changes_.resize(mark); }
  // When the whole transaction was.
  void clear() noexcept {
    changes_.clear();
    bytes_ = 0;
  }

  // About what is collected takes in memory.
  std::size_t bytes() const noexcept { return bytes_; }

  // Writes what was collected, before the commit. SQLite's code; everything is forgotten in any case.
  int flush();

 private:
  struct Change {
    const Model* model = nullptr;
    std::int64_t row = 0;
    bool removed = false;
    std::vector<std::string> columns;  // of the search table, but for the hash
    std::int64_t hash = 0;
  };
  struct Statements {
    PreparedStatement put, remove;
  };

  int write(const Change& change);

  sqlite3* database_;
  std::vector<Change> changes_;
  std::size_t bytes_ = 0;  // also of what was rolled back to a mark: a bound, no account
  std::unordered_map<const Model*, Statements> statements_;
};

}  // namespace holdfast::sqlite
