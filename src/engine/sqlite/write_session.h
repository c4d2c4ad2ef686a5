#pragma once
// The handle that writes, and one write on it. Belongs to the writer's thread.

#include <array>
#include <span>
#include <unordered_map>

#include "engine/sqlite/connection.h"
#include "engine/store.h"
#include "query/write_resolution.h"

namespace holdfast::sqlite {

class WriteSession {
 public:
  // Takes over a handle opened as Role::kWriter.
  explicit WriteSession(Database database);
  ~WriteSession();

  // SQLite's code. The write lock is taken at once.
  int begin();
  int commit();
  void roll_back();

  // One write in a savepoint of its own: when it fails nothing of it remains. See lost().
  Result<Written> apply(const WritePlan& plan);

  // True when an error has ended the whole transaction (FULL, IOERR, NOMEM, INTERRUPT may): what was applied in it is gone.
  bool lost() const noexcept { return sqlite3_get_autocommit(database_.get()) != 0; }

  sqlite3* database() const noexcept { return database_.get(); }

 private:
  Error abandon();
  Result<Written> dispatch(const WritePlan& plan);
  Result<Written> create(const WritePlan& plan);
  Result<Written> update(const WritePlan& plan);
  Result<Written> remove(const WritePlan& plan);
  sqlite3_stmt* insert_statement(const Model& model, bool with_id);
  Result<Record> select(const WritePlan& plan);

  // Steps a statement that answers no row. Nothing, or the error; a unique violation is left for name_clashes().
  Result<void> step(sqlite3_stmt* statement, const Model& model, const Record* record, const Value& own_id);
  Error name_clashes();
  bool clashes(const Model& model, std::span<const std::size_t> key, const Record& record, const Value& own_id);

  // A unique violation: what is needed to name every key that clashes, once the savepoint is rolled back.
  struct Violation {
    const Model* model;
    Record record;
    Value own_id;
    std::string message;  // SQLite's, which names one key
  };

  Database database_;
  StatementCache statements_;
  std::unordered_map<const Model*, std::array<PreparedStatement, 2>> inserts_;  // without and with an id: by far the most frequent writes
  PreparedStatement begin_, commit_, savepoint_, release_, roll_back_to_;
  std::optional<Violation> violation_;
};

}  // namespace holdfast::sqlite
