// A disk that is full when a test says so: loaded in front of the C library (LD_PRELOAD), it refuses to write to the files of one folder.
// What the test says, and what was refused, stands in a file that both have mapped; full_disk.py is the other side of it.

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace {

// As FIELDS in full_disk.py.
struct Control {
  std::atomic<std::int32_t> error;       // errno of a refusal; 0: the disk takes everything
  std::atomic<std::int32_t> sync_error;  // of fsync and fdatasync
  std::atomic<std::int32_t> files;       // which are concerned: kDatabase …
  std::atomic<std::int32_t> in_place;    // not 0: bytes that replace others need room too
  std::atomic<std::int64_t> room;        // bytes that the disk still takes
  std::atomic<std::int64_t> refused;     // how often it took none
};

enum : int { kDatabase = 1, kLog = 2, kIndex = 4, kOther = 8, kCreation = 16 };

template <typename Function>
Function real(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

Control* control() {
  static Control* const mapped = []() -> Control* {
    const char* path = std::getenv("FULL_DISK_CONTROL");
    const int descriptor = path == nullptr ? -1 : real<int (*)(const char*, int, ...)>("open")(path, O_RDWR | O_CLOEXEC);
    if (descriptor < 0) return nullptr;
    void* memory = mmap(nullptr, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    close(descriptor);
    return memory == MAP_FAILED ? nullptr : static_cast<Control*>(memory);
  }();
  return mapped;
}

int kind_of(std::string_view path) {
  const char* folder = std::getenv("FULL_DISK_FOLDER");
  if (folder == nullptr || !path.starts_with(folder)) return 0;
  if (path.ends_with(".db")) return kDatabase;
  if (path.ends_with("-wal")) return kLog;
  return path.ends_with("-shm") ? kIndex : kOther;
}

int kind_of(int descriptor) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  const ssize_t length = readlink(link, path, sizeof path);
  return length < 0 ? 0 : kind_of(std::string_view(path, static_cast<std::size_t>(length)));
}

bool is_full_for(int kind) {
  Control* const said = control();
  return said != nullptr && said->error != 0 && (said->files & kind) != 0;
}

int refuse() {
  ++control()->refused;
  errno = control()->error;
  return -1;
}

std::int64_t take_room(std::int64_t wanted) {
  std::atomic<std::int64_t>& room = control()->room;
  std::int64_t left = room.load();
  while (!room.compare_exchange_weak(left, left - std::min(left, wanted))) {
  }
  return std::min(left, wanted);
}

// How many of the bytes may be written: fewer than asked when the room ends among them. -1: none, and errno is set.
ssize_t admitted(int descriptor, std::size_t count, off_t offset) {
  if (count == 0 || !is_full_for(kind_of(descriptor))) return static_cast<ssize_t>(count);
  struct stat facts {};
  fstat(descriptor, &facts);
  const off_t end = offset + static_cast<off_t>(count);
  const bool all = control()->in_place != 0;
  const std::int64_t needed = all ? static_cast<std::int64_t>(count) : std::max<std::int64_t>(0, end - std::max(facts.st_size, offset));
  const std::int64_t taken = take_room(needed);
  const std::int64_t bytes = static_cast<std::int64_t>(count) - needed + taken;
  return bytes == 0 ? refuse() : static_cast<ssize_t>(bytes);
}

template <typename Write>
ssize_t write_at(const char* name, int descriptor, const void* bytes, std::size_t count, off_t offset) {
  const ssize_t some = admitted(descriptor, count, offset);
  return some < 0 ? some : real<Write>(name)(descriptor, bytes, static_cast<std::size_t>(some), offset);
}

int resize(const char* name, int descriptor, off_t length) {
  if (is_full_for(kind_of(descriptor))) {
    struct stat facts {};
    fstat(descriptor, &facts);
    if (control()->in_place != 0) return refuse();
    const std::int64_t more = length - facts.st_size;
    if (more > 0 && take_room(more) < more) return refuse();
  }
  return real<int (*)(int, off_t)>(name)(descriptor, length);
}

int open_file(const char* name, const char* path, int flags, mode_t mode) {
  const bool makes = (flags & O_CREAT) != 0 && access(path, F_OK) != 0;
  if (makes && kind_of(std::string_view(path)) != 0 && is_full_for(kCreation)) return refuse();
  return real<int (*)(const char*, int, ...)>(name)(path, flags, mode);
}

int sync_file(const char* name, int descriptor) {
  Control* const said = control();
  if (said != nullptr && said->sync_error != 0 && (said->files & kind_of(descriptor)) != 0) {
    errno = said->sync_error;
    return -1;
  }
  return real<int (*)(int)>(name)(descriptor);
}

mode_t mode_of(int flags, va_list arguments) {
  return (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
}

}  // namespace

extern "C" {

ssize_t write(int descriptor, const void* bytes, std::size_t count) {
  using Write = ssize_t (*)(int, const void*, std::size_t);
  if (!is_full_for(kind_of(descriptor))) return real<Write>("write")(descriptor, bytes, count);
  const ssize_t some = admitted(descriptor, count, lseek(descriptor, 0, SEEK_CUR));
  return some < 0 ? some : real<Write>("write")(descriptor, bytes, static_cast<std::size_t>(some));
}
ssize_t pwrite(int descriptor, const void* bytes, std::size_t count, off_t offset) {
  return write_at<ssize_t (*)(int, const void*, std::size_t, off_t)>("pwrite", descriptor, bytes, count, offset);
}
ssize_t pwrite64(int descriptor, const void* bytes, std::size_t count, off64_t offset) {
  return write_at<ssize_t (*)(int, const void*, std::size_t, off64_t)>("pwrite64", descriptor, bytes, count, offset);
}
int ftruncate(int descriptor, off_t length) noexcept {
  return resize("ftruncate", descriptor, length);
}
int ftruncate64(int descriptor, off64_t length) noexcept {
  return resize("ftruncate64", descriptor, length);
}
int fallocate(int descriptor, int mode, off_t offset, off_t length) {
  if (is_full_for(kind_of(descriptor)) && take_room(length) < length) return refuse();
  return real<int (*)(int, int, off_t, off_t)>("fallocate")(descriptor, mode, offset, length);
}
int posix_fallocate(int descriptor, off_t offset, off_t length) {
  if (is_full_for(kind_of(descriptor)) && take_room(length) < length) return refuse(), control()->error.load();
  return real<int (*)(int, off_t, off_t)>("posix_fallocate")(descriptor, offset, length);
}
int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return open_file("open", path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  return open_file("open64", path, flags, mode);
}
int fsync(int descriptor) {
  return sync_file("fsync", descriptor);
}
int fdatasync(int descriptor) {
  return sync_file("fdatasync", descriptor);
}

}  // extern "C"
