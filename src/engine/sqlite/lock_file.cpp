#include "engine/sqlite/lock_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>

#include "base/error.h"
#include "engine/sqlite/connection.h"

namespace holdfast::sqlite {
namespace {

// Hours and minutes as the clock on the operator's wall shows them.
std::string wall_clock(Milliseconds instant) {
  const std::time_t seconds = instant / 1000;
  std::tm parts{};
  localtime_r(&seconds, &parts);
  return fmt::format("{:02}:{:02}", parts.tm_hour, parts.tm_min);
}

std::string read_owner(int descriptor) {
  char text[512];
  const ssize_t length = ::pread(descriptor, text, sizeof text, 0);
  std::string owner(text, length > 0 ? static_cast<std::size_t>(length) : 0);
  if (const auto end = owner.find('\n'); end != std::string::npos) owner.resize(end);
  return owner.empty() ? "just starting" : owner;
}

[[noreturn]] void refuse_in_use(const Options& options, const std::string& owner) {
  throw StartupError(kExitUnavailable,
                     fmt::format("{} is in use by holdfast ({}).\n  {}", shown(options), owner, options.advice_when_held));
}

}  // namespace

LockFile::LockFile(const Options& options, Milliseconds now) : since_(now) {
  const std::string path = options.file.string() + ".lock";
  descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor_ < 0) {
    const bool full = errno == ENOSPC || errno == EDQUOT;
    throw StartupError(kExitUnavailable, fmt::format("{}.lock cannot be made: {}. {}", shown(options), std::strerror(errno),
                                                     full ? kRoomAdvice : "Let this user write into that folder."));
  }
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    const std::string owner = read_owner(descriptor_);
    ::close(descriptor_);
    refuse_in_use(options, owner);
  }
  name_owner({});
}

void LockFile::name_owner(std::string_view address) {
  const std::string_view separator = address.empty() ? "" : ", ";
  const std::string owner = fmt::format("pid {}, started {}{}{}\n", ::getpid(), wall_clock(since_), separator, address);
  const bool written = ::ftruncate(descriptor_, 0) == 0 && ::pwrite(descriptor_, owner.data(), owner.size(), 0) >= 0;
  (void)written;  // on a full disk the lock still holds; it only has no name
}

// The file stays: removing it would let two servers lock two files of one name.
LockFile::~LockFile() {
  const bool emptied = ::ftruncate(descriptor_, 0) == 0;
  (void)emptied;
  ::close(descriptor_);
}

}  // namespace holdfast::sqlite
