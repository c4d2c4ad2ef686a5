#include "engine/sqlite/settled_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "base/error.h"
#include "engine/sqlite/connection.h"
#include "engine/sqlite/error.h"

namespace holdfast::sqlite {
namespace {

constexpr sqlite3_int64 kPiece = 1 << 16;  // SQLite's own file system reads and writes less than 128 KiB at once (os_unix.c)

// SQLite's code.
int write_again(sqlite3_file* log) {
  if (log == nullptr || log->pMethods == nullptr) return SQLITE_OK;  // there is none
  const sqlite3_io_methods& methods = *log->pMethods;
  sqlite3_int64 size = 0;
  if (const int code = methods.xFileSize(log, &size); code != SQLITE_OK || size == 0) return code;
  std::string piece(static_cast<std::size_t>(std::min(size, kPiece)), '\0');
  for (sqlite3_int64 at = 0; at < size; at += kPiece) {
    const int count = static_cast<int>(std::min(kPiece, size - at));
    if (const int code = methods.xRead(log, piece.data(), count, at); code != SQLITE_OK) return code;
    if (const int code = methods.xWrite(log, piece.data(), count, at); code != SQLITE_OK) return code;
  }
  return methods.xSync(log, SQLITE_SYNC_NORMAL);
}

}  // namespace

void settle_log(sqlite3* database, const Options& options) {
  execute_or_throw(database, options, "begin immediate");  // opens the log; no other program writes to it meanwhile
  sqlite3_file* log = nullptr;
  sqlite3_file_control(database, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
  errno = 0;
  const int code = write_again(log);
  const int reason = errno;
  execute(database, "rollback");
  if (code == SQLITE_OK || is_out_of_room(code, reason)) return;  // on a full disk, where even this needs room, reads go on
  throw StartupError(kExitUnavailable,
                     fmt::format("{}: the disk fails to keep its log ({}). Check the disk, then start again.", shown(options), code));
}

}  // namespace holdfast::sqlite
