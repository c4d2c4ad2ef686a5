#include "engine/sqlite/inspection.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>

#include "engine/sqlite/handles.h"

namespace holdfast::sqlite {
namespace {

constexpr int kBusyMilliseconds = 1000;

class Descriptor {
 public:
  explicit Descriptor(const std::string& path) : value_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int get() const noexcept { return value_; }

 private:
  int value_;
};

// A server writes its name into the lock file and keeps the file locked. What a dead one left behind is not locked; a lock file without
// a name is not tried, so that a server that is just starting does not find it taken.
std::string owner_of(const std::filesystem::path& file) {
  const Descriptor lock(file.string() + ".lock");
  std::array<char, 512> text;
  const auto length = lock.get() < 0 ? 0 : ::pread(lock.get(), text.data(), text.size(), 0);
  if (length <= 0 || ::flock(lock.get(), LOCK_SH | LOCK_NB) == 0) return {};
  const std::string_view name(text.data(), static_cast<std::size_t>(length));
  return std::string(name.substr(0, name.find('\n')));
}

// A file that nobody uses has no WAL beside it: read as it lies there, without making one. (%, ? and # mean something in a URI.)
std::string uri_of(const std::filesystem::path& file) {
  std::string uri = "file:";
  for (const char c : file.string()) {
    const bool special = c == '%' || c == '?' || c == '#';
    if (special) {
      constexpr std::string_view kDigits = "0123456789ABCDEF";
      uri.append({'%', kDigits[static_cast<unsigned char>(c) >> 4], kDigits[c & 15]});
    } else {
      uri += c;
    }
  }
  const bool in_use = std::filesystem::exists(file.string() + "-wal");
  return uri + (in_use ? "?mode=ro" : "?mode=ro&immutable=1");
}

std::string said_by(sqlite3* database) {
  return database ? sqlite3_errmsg(database) : "no memory";
}

// "ok", or the first thing that is wrong.
std::string quick_check(sqlite3* database) {
  const auto statement = prepare(database, "pragma quick_check(1)", false);
  if (!statement || sqlite3_step(statement.get()) != SQLITE_ROW) return said_by(database);
  return reinterpret_cast<const char*>(sqlite3_column_text(statement.get(), 0));
}

std::int64_t format_of(sqlite3* database) {
  const auto statement = prepare(database, "select value from _hf_meta where key = 'format'", false);
  const bool found = statement && sqlite3_step(statement.get()) == SQLITE_ROW;
  return found ? sqlite3_column_int64(statement.get(), 0) : 0;
}

}  // namespace

Inspection inspect(const std::filesystem::path& file) {
  Inspection inspection;
  std::error_code none;
  inspection.exists = std::filesystem::exists(file, none);
  if (!inspection.exists) return inspection;
  if (!std::filesystem::is_regular_file(file, none)) {
    inspection.fault = "it is not a file";
    return inspection;
  }
  inspection.bytes = std::filesystem::file_size(file, none);
  inspection.owner = owner_of(file);
  sqlite3* raw = nullptr;
  const int opened = sqlite3_open_v2(uri_of(file).c_str(), &raw, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, nullptr);
  const Database database(raw);
  if (opened != SQLITE_OK) {
    inspection.fault = said_by(raw);
    return inspection;
  }
  sqlite3_busy_timeout(raw, kBusyMilliseconds);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  if (auto found = quick_check(raw); found != "ok") inspection.fault = std::move(found);
  inspection.format = format_of(raw);
  return inspection;
}

}  // namespace holdfast::sqlite
