#include "engine/sqlite/error.h"

#include <fmt/format.h>

#include <cerrno>

#include "engine/write_errors.h"

namespace holdfast::sqlite {
namespace {

constexpr int primary(int extended_code) noexcept {
  return extended_code & 0xFF;
}

Error storage_full(int extended_code, int reason) {
  const char* what = primary(extended_code) == SQLITE_FULL ? "The disk is full"  // which leaves the reason of an earlier error as it was
                     : reason == EDQUOT                    ? "The disk quota is used up"
                     : reason == EROFS                     ? "The file system has become read-only"
                                                           : "The disk is full";
  return Error(Code::kStorageFull, fmt::format("{}; nothing was written. Reads go on, and writes as soon as there is room.", what));
}

}  // namespace

Error error_of(sqlite3* database) {
  const int code = sqlite3_extended_errcode(database);
  if (const int disk = sqlite3_system_errno(database); is_out_of_room(code, disk)) return storage_full(code, disk);
  const std::string reason = sqlite3_errmsg(database);
  switch (primary(code)) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Error(Code::kOverloaded, "Another program holds the database file; try again.");
    case SQLITE_INTERRUPT:
      return Error(Code::kQueryTimeout, "The query took longer than it may.");
    case SQLITE_NOMEM:
      return Error(Code::kOverloaded, "The server has no memory left for this; try again.");
    case SQLITE_IOERR:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return Error(Code::kDatabaseUnavailable, fmt::format("The database file cannot be used: {}.", reason));
    case SQLITE_CONSTRAINT:
      if (is_reference_violation(code)) return foreign_key_violation();
      return Error(Code::kInternal, fmt::format("The database refused the record: {}.", reason));
    case SQLITE_ERROR:
      if (reason == "malformed JSON") return Error(Code::kStoredValueInvalid, "An array in the database is not JSON; mend it there.");
      [[fallthrough]];
    default:
      return Error(Code::kInternal, fmt::format("The database refused the statement: {}.", reason));
  }
}

// A commit that failed to put its frames into the log is not there. One that failed behind that is in the log, where the next start would
// find it, and yet not for those who read now: its index could not grow.
Error error_of_commit(sqlite3* database, int reason) {
  const int code = sqlite3_extended_errcode(database);
  if (is_out_of_room(code, reason) && code != SQLITE_IOERR_SHMSIZE) return storage_full(code, reason);
  if (!is_io_error(code)) return error_of(database);
  return Error(Code::kOutcomeUnknown, "The disk failed during the commit; the write may or may not be kept.");
}

// What tells its reason by errno; ENOSPC in a write has a code of its own.
bool is_out_of_room(int extended_code, int reason) noexcept {
  if (primary(extended_code) == SQLITE_FULL) return true;
  const bool has_reason = extended_code == SQLITE_IOERR_WRITE || extended_code == SQLITE_IOERR_TRUNCATE ||
                          extended_code == SQLITE_IOERR_SHMSIZE || extended_code == SQLITE_IOERR_SHMOPEN ||
                          primary(extended_code) == SQLITE_CANTOPEN;
  return has_reason && (reason == ENOSPC || reason == EDQUOT || reason == EROFS);
}

bool is_failed_sync(int extended_code) noexcept {
  return extended_code == SQLITE_IOERR_FSYNC || extended_code == SQLITE_IOERR_DIR_FSYNC || extended_code == SQLITE_IOERR_TRUNCATE;
}

bool is_io_error(int extended_code) noexcept {
  return primary(extended_code) == SQLITE_IOERR;
}

bool is_unique_violation(int extended_code) noexcept {
  return extended_code == SQLITE_CONSTRAINT_UNIQUE || extended_code == SQLITE_CONSTRAINT_PRIMARYKEY ||
         extended_code == SQLITE_CONSTRAINT_ROWID;
}

bool is_reference_violation(int extended_code) noexcept {
  return extended_code == SQLITE_CONSTRAINT_FOREIGNKEY;
}

bool is_interrupted(int extended_code) noexcept {
  return primary(extended_code) == SQLITE_INTERRUPT;
}

bool is_busy(int extended_code) noexcept {
  return primary(extended_code) == SQLITE_BUSY || primary(extended_code) == SQLITE_LOCKED;
}

}  // namespace holdfast::sqlite
