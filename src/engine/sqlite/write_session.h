#pragma once
// The handle that writes, and one write on it. Belongs to the writer's thread.
//
// Order of checks: Idempotency-Key, not_found, validation_failed, references, preconditions, unique keys (semantics.md §7).

#include <vector>

#include "engine/sqlite/connection.h"
#include "engine/sqlite/kept_answers.h"
#include "engine/sqlite/removal.h"
#include "engine/sqlite/rows.h"
#include "engine/store.h"

namespace holdfast::sqlite {

class WriteSession {
 public:
  // Takes over a handle opened as Role::kWriter, on a file whose schema was prepared for the catalog.
  WriteSession(Database database, const Catalog& catalog);

  // SQLite's code. The write lock is taken at once.
  int begin();
  // Behind the last write of a group, before the commit. An error leaves the transaction to be rolled back.
  int write_search_data();
  // Leaves errno as the disk set it.
  int commit();
  void roll_back();

  // One write in a savepoint of its own: when it fails nothing of it remains. See lost().
  Result<Written> apply(const WritePlan& plan);

  // True when an error has ended the whole transaction (FULL, IOERR, NOMEM, INTERRUPT may): what was applied in it is gone.
  bool lost() const noexcept { return sqlite3_get_autocommit(database_.get()) != 0; }

  // About what the search data of the group takes in memory so far.
  std::size_t search_bytes() const noexcept { return rows_.search().bytes(); }

  sqlite3* database() const noexcept { return database_.get(); }

 private:
  Error abandon();
  Result<Written> apply_once(const WritePlan& plan);
  Result<Written> dispatch(const WritePlan& plan);
  Result<Written> create(const WritePlan& plan);
  Result<Written> update(const WritePlan& plan);
  Result<Written> change(const WritePlan& plan, StoredRow before);
  Result<Written> remove(const WritePlan& plan);
  Result<void> check_targets(const Model& model, const Record* before, const Record& after);
  Result<void> check_missing(const WritePlan& plan);
  bool has_broken_references() const noexcept;

  Database database_;
  const Catalog& catalog_;
  Rows rows_;
  KeptAnswers kept_answers_;
  PreparedStatement begin_, commit_, savepoint_, release_, roll_back_to_;
};

}  // namespace holdfast::sqlite
