#include "engine/sqlite/joined_log.h"

#include <fmt/format.h>

#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <new>

#include "base/error.h"

namespace holdfast::sqlite {
namespace {

constexpr std::size_t kMostBytes = 0x1ffff;  // wait in memory: SQLite's own file system takes no more in one call (os_unix.c)

// A log. SQLite gives the room for it; the file below lies right behind.
struct JoinedFile {
  sqlite3_file base;
  std::string* waiting;  // bytes that the file below lacks, one after the other
  sqlite3_int64 start;   // where the first of them belongs
};
constexpr std::size_t kBelowOffset = (sizeof(JoinedFile) + 15) / 16 * 16;

JoinedFile& joined(sqlite3_file* file) {
  return *reinterpret_cast<JoinedFile*>(file);
}
sqlite3_file* below(sqlite3_file* file) {
  return reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(file) + kBelowOffset);
}

sqlite3_int64 end_of(const JoinedFile& file) {
  return file.start + static_cast<sqlite3_int64>(file.waiting->size());
}

// Whether it succeeds or not nothing waits afterwards: after an error SQLite writes the frames of the transaction anew, if at all.
int write_waiting(sqlite3_file* file) {
  JoinedFile& log = joined(file);
  if (log.waiting->empty()) return SQLITE_OK;
  sqlite3_file* target = below(file);
  const int code = target->pMethods->xWrite(target, log.waiting->data(), static_cast<int>(log.waiting->size()), log.start);
  log.waiting->clear();
  return code;
}

int close_file(sqlite3_file* file) {
  delete joined(file).waiting;  // never synced, so nobody was promised anything
  return below(file)->pMethods->xClose(below(file));
}

// The transaction's own frames may be read before they are synced, when they did not fit into SQLite's cache.
int read(sqlite3_file* file, void* into, int size, sqlite3_int64 offset) {
  const JoinedFile& log = joined(file);
  const bool overlaps = offset < end_of(log) && offset + size > log.start && !log.waiting->empty();
  if (overlaps && offset >= log.start && offset + size <= end_of(log)) {
    std::memcpy(into, log.waiting->data() + (offset - log.start), static_cast<std::size_t>(size));
    return SQLITE_OK;
  }
  if (overlaps) {
    if (const int code = write_waiting(file); code != SQLITE_OK) return code;
  }
  return below(file)->pMethods->xRead(below(file), into, size, offset);
}

int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
  JoinedFile& log = joined(file);
  const auto count = static_cast<std::size_t>(size);
  if (offset != end_of(log) || log.waiting->size() + count > kMostBytes) {
    if (const int code = write_waiting(file); code != SQLITE_OK) return code;
    log.start = offset;
  }
  try {
    log.waiting->append(static_cast<const char*>(bytes), count);
  } catch (const std::bad_alloc&) {
    return SQLITE_NOMEM;
  }
  return SQLITE_OK;
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
  const int code = write_waiting(file);
  return code == SQLITE_OK ? below(file)->pMethods->xTruncate(below(file), size) : code;
}

int sync(sqlite3_file* file, int flags) {
  const int code = write_waiting(file);
  return code == SQLITE_OK ? below(file)->pMethods->xSync(below(file), flags) : code;
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
  const int code = write_waiting(file);
  return code == SQLITE_OK ? below(file)->pMethods->xFileSize(below(file), size) : code;
}

// A log is neither locked nor mapped nor shared: what it does not need is missing in version 1.
const sqlite3_io_methods kLogMethods{
    1,
    close_file,
    read,
    write,
    truncate,
    sync,
    file_size,
    [](sqlite3_file* file, int lock) { return below(file)->pMethods->xLock(below(file), lock); },
    [](sqlite3_file* file, int lock) { return below(file)->pMethods->xUnlock(below(file), lock); },
    [](sqlite3_file* file, int* held) { return below(file)->pMethods->xCheckReservedLock(below(file), held); },
    [](sqlite3_file* file, int what, void* argument) { return below(file)->pMethods->xFileControl(below(file), what, argument); },
    [](sqlite3_file* file) { return below(file)->pMethods->xSectorSize(below(file)); },
    [](sqlite3_file* file) { return below(file)->pMethods->xDeviceCharacteristics(below(file)); },
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
};

sqlite3_vfs* below(sqlite3_vfs* joining) {
  return static_cast<sqlite3_vfs*>(joining->pAppData);
}

int open_file(sqlite3_vfs* joining, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  sqlite3_vfs* other = below(joining);
  if ((flags & SQLITE_OPEN_WAL) == 0) return other->xOpen(other, name, file, flags, out_flags);
  file->pMethods = nullptr;
  JoinedFile& log = joined(file);
  const int code = other->xOpen(other, name, below(file), flags, out_flags);
  if (below(file)->pMethods == nullptr) return code;
  log.waiting = new (std::nothrow) std::string;
  log.start = 0;
  if (log.waiting == nullptr) {
    below(file)->pMethods->xClose(below(file));
    return SQLITE_NOMEM;
  }
  file->pMethods = &kLogMethods;
  return code;
}

// What SQLite keeps pointers to for as long as the process lives.
struct Registered {
  std::string name;
  sqlite3_vfs file_system;
};

// Every call but the opening of a log is that of the file system below, which knows itself by its own object.
sqlite3_vfs joining_file_system(const Registered& registered, sqlite3_vfs* other) {
  sqlite3_vfs out{};
  out.iVersion = 2;
  out.szOsFile = other->szOsFile + static_cast<int>(kBelowOffset);
  out.mxPathname = other->mxPathname;
  out.zName = registered.name.c_str();
  out.pAppData = other;
  out.xOpen = open_file;
  out.xDelete = [](sqlite3_vfs* me, const char* name, int sync_folder) { return below(me)->xDelete(below(me), name, sync_folder); };
  out.xAccess = [](sqlite3_vfs* me, const char* name, int what, int* answer) { return below(me)->xAccess(below(me), name, what, answer); };
  out.xFullPathname = [](sqlite3_vfs* me, const char* name, int size, char* path) {
    return below(me)->xFullPathname(below(me), name, size, path);
  };
  out.xDlOpen = [](sqlite3_vfs* me, const char* name) { return below(me)->xDlOpen(below(me), name); };
  out.xDlError = [](sqlite3_vfs* me, int size, char* text) { below(me)->xDlError(below(me), size, text); };
  out.xDlSym = [](sqlite3_vfs* me, void* library, const char* name) { return below(me)->xDlSym(below(me), library, name); };
  out.xDlClose = [](sqlite3_vfs* me, void* library) { below(me)->xDlClose(below(me), library); };
  out.xRandomness = [](sqlite3_vfs* me, int size, char* bytes) { return below(me)->xRandomness(below(me), size, bytes); };
  out.xSleep = [](sqlite3_vfs* me, int microseconds) { return below(me)->xSleep(below(me), microseconds); };
  out.xCurrentTime = [](sqlite3_vfs* me, double* day) { return below(me)->xCurrentTime(below(me), day); };
  out.xGetLastError = [](sqlite3_vfs* me, int size, char* text) { return below(me)->xGetLastError(below(me), size, text); };
  out.xCurrentTimeInt64 = [](sqlite3_vfs* me, sqlite3_int64* time) { return below(me)->xCurrentTimeInt64(below(me), time); };
  return out;
}

void forget_waiting(void* database) {
  sqlite3_file* file = nullptr;
  sqlite3_file_control(static_cast<sqlite3*>(database), "main", SQLITE_FCNTL_JOURNAL_POINTER, &file);
  if (file != nullptr && file->pMethods == &kLogMethods) joined(file).waiting->clear();
}

}  // namespace

std::string joined_log_file_system(const std::string& below) {
  static std::mutex mutex;
  static std::map<std::string, std::unique_ptr<Registered>> all;
  const std::lock_guard lock(mutex);
  sqlite3_vfs* other = sqlite3_vfs_find(below.empty() ? nullptr : below.c_str());
  if (other == nullptr) throw StartupError(kExitUnavailable, fmt::format("SQLite has no file system called {}.", below));
  std::unique_ptr<Registered>& entry = all[below];
  if (entry && entry->file_system.pAppData == other) return entry->name;
  if (entry) sqlite3_vfs_unregister(&entry->file_system);  // the one below has gone, and another has its name
  if (!entry) entry = std::make_unique<Registered>(Registered{"holdfast-joined-" + std::string(other->zName), {}});
  entry->file_system = joining_file_system(*entry, other);
  if (sqlite3_vfs_register(&entry->file_system, 0) != SQLITE_OK) throw StartupError(kExitUnavailable, "SQLite takes no file system.");
  return entry->name;
}

void forget_undone_frames(sqlite3* database) {
  sqlite3_rollback_hook(database, forget_waiting, database);
}

}  // namespace holdfast::sqlite
