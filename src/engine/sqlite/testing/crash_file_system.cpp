#include "engine/sqlite/testing/crash_file_system.h"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <set>
#include <stdexcept>

namespace holdfast::testing {
namespace {

constexpr int kSectorSize = 4096;  // SQLITE_DEFAULT_SECTOR_SIZE, as `unix` says
constexpr int kLongestName = 512;
constexpr std::size_t kUnlogged = std::numeric_limits<std::size_t>::max();

struct Content {
  std::size_t number = kUnlogged;  // of its operations; temporary files have none
  std::string bytes;
};

struct Handle;

// What the handles on one database file share: locks on the file, and the shared memory of its log.
struct Sharing {
  std::map<const Handle*, int> locks;  // of those that hold one
  std::vector<std::unique_ptr<char[]>> regions;
  std::set<const Handle*> mapped;
  std::array<std::set<const Handle*>, SQLITE_SHM_NLOCK> shared;
  std::array<const Handle*, SQLITE_SHM_NLOCK> exclusive{};
};

struct Handle {
  CrashFileSystem::State* system = nullptr;
  std::shared_ptr<Content> content;
  std::shared_ptr<Sharing> sharing;  // of database files
  bool syncs_folder = false;         // at its first sync
};

struct CrashFile {
  sqlite3_file base;
  Handle* handle;
};

}  // namespace

struct CrashFileSystem::State {
  mutable std::mutex mutex;
  std::condition_variable gate_opened;
  std::map<std::string, std::shared_ptr<Content>> files;
  std::map<std::string, std::weak_ptr<Sharing>> sharings;
  std::size_t next_number = 0;
  std::vector<Operation> log;
  std::size_t cut = kNever, failing_sync = kNever;
  std::array<bool, 2> closed{};
  std::array<int, 2> held{};

  bool is_dead() const { return log.size() >= cut; }
  // False: the power is gone.
  bool note(Operation operation) {
    if (is_dead()) return false;
    log.push_back(std::move(operation));
    return true;
  }
};

namespace {

using State = CrashFileSystem::State;
using Lock = std::unique_lock<std::mutex>;

Handle& handle_of(sqlite3_file* file) {
  return *reinterpret_cast<CrashFile*>(file)->handle;
}

bool note_change(Handle& handle, Operation operation) {
  if (handle.content->number == kUnlogged) return !handle.system->is_dead();
  operation.file = handle.content->number;
  return handle.system->note(std::move(operation));
}

int close_file(sqlite3_file* file) {
  std::unique_ptr<Handle> handle(&handle_of(file));
  const Lock lock(handle->system->mutex);
  if (handle->sharing) handle->sharing->locks.erase(handle.get());
  return SQLITE_OK;
}

int read_file(sqlite3_file* file, void* out, int count, sqlite3_int64 offset) {
  const Handle& handle = handle_of(file);
  const Lock lock(handle.system->mutex);
  if (handle.system->is_dead()) return SQLITE_IOERR_READ;
  const std::string& bytes = handle.content->bytes;
  const auto from = std::min(static_cast<std::size_t>(offset), bytes.size());
  const std::size_t found = std::min(static_cast<std::size_t>(count), bytes.size() - from);
  std::memcpy(out, bytes.data() + from, found);
  if (found == static_cast<std::size_t>(count)) return SQLITE_OK;
  std::memset(static_cast<char*>(out) + found, 0, static_cast<std::size_t>(count) - found);
  return SQLITE_IOERR_SHORT_READ;
}

int write_file(sqlite3_file* file, const void* data, int count, sqlite3_int64 offset) {
  Handle& handle = handle_of(file);
  const Lock lock(handle.system->mutex);
  const auto from = static_cast<std::size_t>(offset), size = static_cast<std::size_t>(count);
  Operation write{Operation::Kind::kWrite, 0, {}, from, std::string(static_cast<const char*>(data), size)};
  if (!note_change(handle, std::move(write))) return SQLITE_IOERR_WRITE;
  std::string& bytes = handle.content->bytes;
  if (bytes.size() < from + size) bytes.resize(from + size, '\0');
  std::memcpy(bytes.data() + from, data, size);
  return SQLITE_OK;
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  Handle& handle = handle_of(file);
  const Lock lock(handle.system->mutex);
  const auto bytes = static_cast<std::size_t>(size);
  if (!note_change(handle, {Operation::Kind::kTruncate, 0, {}, bytes, {}})) return SQLITE_IOERR_TRUNCATE;
  handle.content->bytes.resize(bytes, '\0');
  return SQLITE_OK;
}

int sync_file(sqlite3_file* file, int) {
  Handle& handle = handle_of(file);
  State& system = *handle.system;
  const Lock lock(system.mutex);
  const bool fails = system.log.size() >= system.failing_sync && handle.content->number != kUnlogged;
  if (fails) system.failing_sync = CrashFileSystem::kNever;
  const Operation::Kind kind = fails ? Operation::Kind::kFailedSync : Operation::Kind::kSync;
  if (!note_change(handle, {kind, 0, {}, 0, {}}) || fails) return SQLITE_IOERR_FSYNC;
  if (!handle.syncs_folder) return SQLITE_OK;
  handle.syncs_folder = false;
  return system.note({Operation::Kind::kSyncFolder, 0, {}, 0, {}}) ? SQLITE_OK : SQLITE_IOERR_FSYNC;
}

int size_of_file(sqlite3_file* file, sqlite3_int64* size) {
  const Handle& handle = handle_of(file);
  const Lock lock(handle.system->mutex);
  *size = static_cast<sqlite3_int64>(handle.content->bytes.size());
  return handle.system->is_dead() ? SQLITE_IOERR_FSTAT : SQLITE_OK;
}

// The most that another handle holds.
int strongest_other(const Handle& handle) {
  int strongest = SQLITE_LOCK_NONE;
  for (const auto& [holder, level] : handle.sharing->locks) {
    if (holder != &handle) strongest = std::max(strongest, level);
  }
  return strongest;
}

int lock_file(sqlite3_file* file, int wanted) {
  Handle& handle = handle_of(file);
  const Lock lock(handle.system->mutex);
  if (handle.system->is_dead()) return SQLITE_IOERR_LOCK;
  if (!handle.sharing) return SQLITE_OK;
  int& held = handle.sharing->locks[&handle];
  if (held >= wanted) return SQLITE_OK;
  const int other = strongest_other(handle);
  if (other >= SQLITE_LOCK_PENDING) return SQLITE_BUSY;
  if (wanted >= SQLITE_LOCK_RESERVED && other >= SQLITE_LOCK_RESERVED) return SQLITE_BUSY;
  if (wanted == SQLITE_LOCK_EXCLUSIVE && other >= SQLITE_LOCK_SHARED) {
    held = SQLITE_LOCK_PENDING;
    return SQLITE_BUSY;
  }
  held = wanted;
  return SQLITE_OK;
}

int unlock_file(sqlite3_file* file, int wanted) {
  Handle& handle = handle_of(file);
  const Lock lock(handle.system->mutex);
  if (!handle.sharing) return SQLITE_OK;
  if (wanted == SQLITE_LOCK_NONE) {
    handle.sharing->locks.erase(&handle);
  } else {
    handle.sharing->locks[&handle] = wanted;
  }
  return SQLITE_OK;
}

int check_reserved(sqlite3_file* file, int* reserved) {
  const Handle& handle = handle_of(file);
  const Lock lock(handle.system->mutex);
  *reserved = handle.sharing && strongest_other(handle) >= SQLITE_LOCK_RESERVED;
  return SQLITE_OK;
}

int control_file(sqlite3_file*, int, void*) {
  return SQLITE_NOTFOUND;
}
int sector_size(sqlite3_file*) {
  return kSectorSize;
}
int characteristics(sqlite3_file*) {
  return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

int map_memory(sqlite3_file* file, int region, int size, int extend, void volatile** out) {
  Handle& handle = handle_of(file);
  const Lock lock(handle.system->mutex);
  *out = nullptr;
  if (handle.system->is_dead()) return SQLITE_IOERR_SHMMAP;
  Sharing& sharing = *handle.sharing;
  sharing.mapped.insert(&handle);
  while (extend != 0 && sharing.regions.size() <= static_cast<std::size_t>(region)) {
    sharing.regions.push_back(std::make_unique<char[]>(static_cast<std::size_t>(size)));
  }
  if (static_cast<std::size_t>(region) < sharing.regions.size()) *out = sharing.regions[static_cast<std::size_t>(region)].get();
  return SQLITE_OK;
}

void release_memory(Sharing& sharing, const Handle& handle, int first, int count) {
  for (int slot = first; slot < first + count; ++slot) {
    const auto at = static_cast<std::size_t>(slot);
    sharing.shared[at].erase(&handle);
    if (sharing.exclusive[at] == &handle) sharing.exclusive[at] = nullptr;
  }
}

// A gate holds who takes this lock of the log exclusively: SQLite's WAL_WRITE_LOCK is slot 0, WAL_CKPT_LOCK slot 1. Not on a dead machine,
// where a writer may look for room in the log before it answers.
void wait_at_gate(State& system, Lock& lock, std::size_t slot) {
  if (slot >= system.closed.size() || !system.closed[slot] || system.is_dead()) return;
  ++system.held[slot];
  system.gate_opened.wait(lock, [&] { return !system.closed[slot]; });
  --system.held[slot];
}

int lock_memory(sqlite3_file* file, int first, int count, int flags) {
  Handle& handle = handle_of(file);
  Lock lock(handle.system->mutex);
  Sharing& sharing = *handle.sharing;
  if ((flags & SQLITE_SHM_UNLOCK) != 0) {
    release_memory(sharing, handle, first, count);
    return SQLITE_OK;
  }
  const bool wants_exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
  if (wants_exclusive && count == 1) wait_at_gate(*handle.system, lock, static_cast<std::size_t>(first));
  if (handle.system->is_dead()) return SQLITE_IOERR_SHMLOCK;
  for (int slot = first; slot < first + count; ++slot) {
    const auto at = static_cast<std::size_t>(slot);
    if (sharing.exclusive[at] != nullptr && sharing.exclusive[at] != &handle) return SQLITE_BUSY;
    const bool shared_by_others = sharing.shared[at].size() > sharing.shared[at].count(&handle);
    if (wants_exclusive && shared_by_others) return SQLITE_BUSY;
  }
  for (int slot = first; slot < first + count; ++slot) {
    const auto at = static_cast<std::size_t>(slot);
    if (wants_exclusive) {
      sharing.exclusive[at] = &handle;
    } else {
      sharing.shared[at].insert(&handle);
    }
  }
  return SQLITE_OK;
}

void memory_barrier(sqlite3_file* file) {
  const Lock lock(handle_of(file).system->mutex);
}

// Gone with its last user: who opens next finds nothing and recovers from the log.
int unmap_memory(sqlite3_file* file, int) {
  Handle& handle = handle_of(file);
  const Lock lock(handle.system->mutex);
  Sharing& sharing = *handle.sharing;
  release_memory(sharing, handle, 0, SQLITE_SHM_NLOCK);
  sharing.mapped.erase(&handle);
  if (sharing.mapped.empty()) sharing.regions.clear();
  return SQLITE_OK;
}

constexpr sqlite3_io_methods kMethods{
    2,           close_file,     read_file,      write_file,   truncate_file, sync_file,       size_of_file,
    lock_file,   unlock_file,    check_reserved, control_file, sector_size,   characteristics, map_memory,
    lock_memory, memory_barrier, unmap_memory,   nullptr,      nullptr};

State& state_of(sqlite3_vfs* vfs) {
  return *static_cast<State*>(vfs->pAppData);
}

// Null: not there and not to be made, or the power is gone.
std::shared_ptr<Content> find_or_make(State& system, const char* name, int flags) {
  if (system.is_dead()) return nullptr;
  if (name == nullptr) return std::make_shared<Content>();
  if (const auto found = system.files.find(name); found != system.files.end()) return found->second;
  if ((flags & SQLITE_OPEN_CREATE) == 0) return nullptr;
  auto content = std::make_shared<Content>();
  content->number = system.next_number++;
  system.note({Operation::Kind::kCreate, content->number, name, 0, {}});
  system.files[name] = content;
  return content;
}

int open_file(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  file->pMethods = nullptr;
  State& system = state_of(vfs);
  const Lock lock(system.mutex);
  auto handle = std::make_unique<Handle>();
  handle->system = &system;
  handle->content = find_or_make(system, name, flags);
  if (!handle->content) return SQLITE_CANTOPEN;
  constexpr int kJournals = SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL;
  handle->syncs_folder = (flags & SQLITE_OPEN_CREATE) != 0 && (flags & kJournals) != 0;
  if (name != nullptr && (flags & SQLITE_OPEN_MAIN_DB) != 0) {
    std::weak_ptr<Sharing>& known = system.sharings[name];
    handle->sharing = known.lock();
    if (!handle->sharing) known = handle->sharing = std::make_shared<Sharing>();
  }
  if (out_flags != nullptr) *out_flags = flags;
  reinterpret_cast<CrashFile*>(file)->handle = handle.release();
  file->pMethods = &kMethods;
  return SQLITE_OK;
}

int remove_file(sqlite3_vfs* vfs, const char* name, int sync_folder) {
  State& system = state_of(vfs);
  const Lock lock(system.mutex);
  const auto found = system.files.find(name);
  if (found == system.files.end()) return SQLITE_IOERR_DELETE_NOENT;
  if (!system.note({Operation::Kind::kUnlink, found->second->number, name, 0, {}})) return SQLITE_IOERR_DELETE;
  system.files.erase(found);
  if (sync_folder == 0) return SQLITE_OK;
  return system.note({Operation::Kind::kSyncFolder, 0, {}, 0, {}}) ? SQLITE_OK : SQLITE_IOERR_DIR_FSYNC;
}

// An empty file counts for none, as in `unix`.
int access_file(sqlite3_vfs* vfs, const char* name, int flags, int* out) {
  State& system = state_of(vfs);
  const Lock lock(system.mutex);
  const auto found = system.files.find(name);
  *out = found != system.files.end() && (flags != SQLITE_ACCESS_EXISTS || !found->second->bytes.empty());
  return SQLITE_OK;
}

int full_name(sqlite3_vfs*, const char* name, int size, char* out) {
  sqlite3_snprintf(size, out, "%s", name);
  return SQLITE_OK;
}

}  // namespace

struct CrashFileSystem::Registration {
  sqlite3_vfs vfs;
};

CrashFileSystem::CrashFileSystem(std::string name)
    : name_(std::move(name)), state_(std::make_unique<State>()), registration_(std::make_unique<Registration>()) {
  sqlite3_vfs& vfs = registration_->vfs = *sqlite3_vfs_find(nullptr);  // clock, chance and sleep are the machine's
  vfs.pNext = nullptr;
  vfs.zName = name_.c_str();
  vfs.pAppData = state_.get();
  vfs.szOsFile = sizeof(CrashFile);
  vfs.mxPathname = kLongestName;
  vfs.xOpen = open_file;
  vfs.xDelete = remove_file;
  vfs.xAccess = access_file;
  vfs.xFullPathname = full_name;
  if (sqlite3_vfs_register(&vfs, 0) != SQLITE_OK) throw std::runtime_error("the file system cannot be registered with SQLite");
}

CrashFileSystem::~CrashFileSystem() {
  sqlite3_vfs_unregister(&registration_->vfs);
}

void CrashFileSystem::mount(Files files) {
  const Lock lock(state_->mutex);
  State& state = *state_;
  state.files.clear();
  state.sharings.clear();
  state.log.clear();
  state.next_number = 0;
  state.cut = state.failing_sync = kNever;
  for (auto& [name, bytes] : files) {
    state.files[name] = std::make_shared<Content>(Content{state.next_number, std::move(bytes)});
    ++state.next_number;
  }
}

std::size_t CrashFileSystem::operations() const {
  const Lock lock(state_->mutex);
  return state_->log.size();
}

std::vector<Operation> CrashFileSystem::log() const {
  const Lock lock(state_->mutex);
  return state_->log;
}

void CrashFileSystem::cut_at(std::size_t operation) {
  const Lock lock(state_->mutex);
  state_->cut = operation;
}

void CrashFileSystem::fail_sync_at(std::size_t operation) {
  const Lock lock(state_->mutex);
  state_->failing_sync = operation;
}

void CrashFileSystem::close_gate(Gate gate) {
  const Lock lock(state_->mutex);
  state_->closed[static_cast<std::size_t>(gate)] = true;
}

void CrashFileSystem::open_gate(Gate gate) {
  {
    const Lock lock(state_->mutex);
    state_->closed[static_cast<std::size_t>(gate)] = false;
  }
  state_->gate_opened.notify_all();
}

bool CrashFileSystem::holds_at(Gate gate) const {
  const Lock lock(state_->mutex);
  return state_->held[static_cast<std::size_t>(gate)] > 0;
}

}  // namespace holdfast::testing
