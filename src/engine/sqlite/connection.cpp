#include "engine/sqlite/connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <mutex>

#include "base/error.h"
#include "engine/sqlite/error.h"
#include "engine/sqlite/functions.h"
#include "engine/sqlite/joined_log.h"
#include "engine/sqlite/search_rank.h"

namespace holdfast::sqlite {
namespace {

constexpr int kLaneBusyMilliseconds = 1000;
constexpr std::int64_t kMappedBytes = std::int64_t{1} << 30;  // pages of the file itself are read without a copy or a system call
constexpr std::int64_t kKeptLogBytes = 64 << 20;              // a WAL that once grew larger is cut back to this
constexpr std::int64_t kLeastCacheKib = 512;

void configure_library() {
  static std::once_flag once;
  std::call_once(once, [] {
    sqlite3_config(SQLITE_CONFIG_MULTITHREAD);   // no handle is used by two threads at once
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);  // its counter is a lock that all threads meet at
    sqlite3_initialize();
  });
}

std::string settings(const Options& options, Role role) {
  const auto handles = static_cast<std::int64_t>(options.loops + options.lanes + 1);
  const std::int64_t cache_kib = std::max(kLeastCacheKib, options.cache_bytes / handles / 1024);
  std::string out = fmt::format("pragma cache_size = -{}; pragma mmap_size = {}; pragma foreign_keys = on;", cache_kib, kMappedBytes);
  if (role == Role::kWriter) {
    out += fmt::format("pragma journal_mode = wal; pragma journal_size_limit = {};", kKeptLogBytes);
    out += "pragma temp_store = memory;";  // what savepoints undo: as a file it would be written page by page
    if (options.max_page_count) out += fmt::format("pragma max_page_count = {};", *options.max_page_count);
  }
  const std::string synchronous = role == Role::kWriter ? options.synchronous : "full";
  return out + fmt::format("pragma synchronous = {}; pragma wal_autocheckpoint = 0;", synchronous);
}

std::string pragma_text(sqlite3* database, std::string_view pragma) {
  const PreparedStatement statement = prepare(database, pragma, false);
  if (!statement || sqlite3_step(statement.get()) != SQLITE_ROW) return {};
  return reinterpret_cast<const char*>(sqlite3_column_text(statement.get(), 0));
}

// What SQLite leaves as it is without a word, and what all that is promised rests on.
void check_settings(sqlite3* database, const Options& options) {
  if (pragma_text(database, "pragma journal_mode") != "wal") {
    throw StartupError(kExitUnavailable,
                       fmt::format("{} cannot have a write-ahead log where it lies. Serve a folder on a local disk.", shown(options)));
  }
  if (const std::string encoding = pragma_text(database, "pragma encoding"); encoding != "UTF-8") {
    throw StartupError(kExitConfiguration,
                       fmt::format("{} keeps its texts as {}, which sorts otherwise than code points do. Copy it into a UTF-8 file.",
                                   shown(options), encoding));
  }
}

}  // namespace

int room_error(sqlite3* database) noexcept {
  const int left = errno;
  const int code = sqlite3_extended_errcode(database);
  if ((code & 0xFF) == SQLITE_FULL) return ENOSPC;
  for (const int reason : {sqlite3_system_errno(database), left}) {
    if (reason != EROFS && is_out_of_room(code, reason)) return reason;
  }
  return 0;
}

void refuse(sqlite3* database, const Options& options) {
  const int no_room = database == nullptr ? 0 : room_error(database);
  const int code = database == nullptr ? SQLITE_NOMEM : sqlite3_errcode(database);
  const std::string name = shown(options);
  if (no_room != 0) {
    throw StartupError(kExitUnavailable, fmt::format("{} has no room on its disk ({}). {}", name, std::strerror(no_room), kRoomAdvice));
  }
  switch (code & 0xFF) {
    case SQLITE_NOTADB:
      throw StartupError(kExitUnavailable, fmt::format("{} is not an SQLite database. Move it away, or serve another folder.", name));
    case SQLITE_READONLY:
      throw StartupError(kExitUnavailable, fmt::format("{} is read-only. Make it and its folder writable for this user.", name));
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      throw StartupError(kExitUnavailable, fmt::format("{} cannot be opened: check that it is a file that this user may read and write, in "
                                                       "a folder that has room for two files more.",
                                                       name));
    case SQLITE_CORRUPT:
      throw StartupError(kExitUnavailable, fmt::format("{} is damaged ({}). Restore it from a backup.", name, sqlite3_errmsg(database)));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      throw StartupError(kExitUnavailable, fmt::format("{} is locked by another program. Close it and start again.", name));
    default:
      throw StartupError(kExitUnavailable,
                         fmt::format("{} cannot be used: {}.", name, database == nullptr ? "no memory" : sqlite3_errmsg(database)));
  }
}

std::string shown(const Options& options) {
  return options.shown_file.empty() ? options.file.string() : options.shown_file;
}

Database open_database(const Options& options, Role role) {
  configure_library();
  const int flags = SQLITE_OPEN_NOMUTEX | (role == Role::kWriter ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY);
  const bool joins = role == Role::kWriter && options.synchronous == "full";  // with less, commits end in no sync
  const std::string file_system = joins ? joined_log_file_system(options.vfs) : options.vfs;
  sqlite3* raw = nullptr;
  const int opened = sqlite3_open_v2(options.file.c_str(), &raw, flags, file_system.empty() ? nullptr : file_system.c_str());
  Database database(raw);
  if (opened != SQLITE_OK) refuse(raw, options);
  sqlite3_extended_result_codes(raw, 1);
  if (joins) forget_undone_frames(raw);
  sqlite3_busy_timeout(raw, role == Role::kLoop ? 0 : role == Role::kLane ? kLaneBusyMilliseconds : kWriterBusyMilliseconds);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);  // the writer alone checkpoints, when all is well
  if (execute(raw, settings(options, role).c_str()) != SQLITE_OK) refuse(raw, options);
  if (execute(raw, "select count(*) from sqlite_schema") != SQLITE_OK) refuse(raw, options);
  if (role == Role::kWriter) check_settings(raw, options);
  add_functions(raw, nullptr);
  add_search_rank(raw);
  return database;
}

int execute(sqlite3* database, const char* text) noexcept {
  return sqlite3_exec(database, text, nullptr, nullptr, nullptr);
}

void execute_or_throw(sqlite3* database, const Options& options, const std::string& text) {
  if (execute(database, text.c_str()) != SQLITE_OK) refuse(database, options);
}

}  // namespace holdfast::sqlite
