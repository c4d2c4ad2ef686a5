#include "engine/sqlite/error.h"

#include <fmt/format.h>

namespace holdfast::sqlite {
namespace {

constexpr int primary(int extended_code) noexcept {
  return extended_code & 0xFF;
}

}  // namespace

Error error_of(sqlite3* database) {
  const int code = sqlite3_extended_errcode(database);
  const std::string reason = sqlite3_errmsg(database);
  switch (primary(code)) {
    case SQLITE_FULL:
      return Error(Code::kStorageFull, "The disk or the database file is full; nothing was written.");
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

Error foreign_key_violation() {
  return Error(Code::kReferenceViolation,
               "A foreign key of the database, which no model declares, refuses the write; remove what refers to the record first.");
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
