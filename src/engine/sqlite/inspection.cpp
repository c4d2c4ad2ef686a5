#include "engine/sqlite/inspection.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>

#include "engine/sqlite/schema.h"

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

// "ok", or the first thing that is wrong.
std::string quick_check(sqlite3* database) {
  const auto statement = prepare(database, "pragma quick_check(1)", false);
  if (!statement || sqlite3_step(statement.get()) != SQLITE_ROW) return sqlite3_errmsg(database);
  return reinterpret_cast<const char*>(sqlite3_column_text(statement.get(), 0));
}

std::string format_of(sqlite3* database) {
  const auto statement = prepare(database, "select value from _hf_meta where key = 'format'", false);
  const bool found = statement && sqlite3_step(statement.get()) == SQLITE_ROW;
  return found ? fmt::format("format {}", sqlite3_column_int64(statement.get(), 0)) : "not yet served by holdfast";
}

Finding found_file(const std::filesystem::path& file, const std::string& owner) {
  const auto name = file.string();
  const auto fault = [&](std::string_view what) {
    return Finding{"database", FindingStatus::kError, fmt::format("{} cannot be served: {}.", name, what),
                   "Restore it from a backup, or move it away: serve then makes an empty one."};
  };
  std::error_code none;
  if (!std::filesystem::is_regular_file(file, none)) return fault("it is not a file");
  const Database database = open_beside(file);
  if (!database) return fault("it cannot be opened");
  if (const auto found = quick_check(database.get()); found != "ok") return fault(found);
  if (::access(file.c_str(), R_OK | W_OK) != 0) {
    return {"database", FindingStatus::kError, fmt::format("{} is not writable by this user.", name),
            fmt::format("chown or chmod it for this user: {}", name)};
  }
  const auto sound = fmt::format("{} opens and is sound ({}, {} KiB, SQLite {}).", name, format_of(database.get()),
                                 std::filesystem::file_size(file, none) / 1024, sqlite3_libversion());
  if (owner.empty()) return {"database", FindingStatus::kOk, sound, ""};
  return {"database", FindingStatus::kWarning, fmt::format("{} It is held by holdfast ({}).", sound, owner),
          "Stop that server before you start another on this file."};
}

// What serve would find at its start.
void tell_fit(const std::filesystem::path& file, const Catalog& catalog, Inspection& out) {
  const Database database = open_beside(file);
  if (!database) return;  // said already
  Options options;
  options.file = file;
  try {
    for (const std::string& problem : find_schema_problems(database.get(), options, catalog)) {
      out.findings.push_back(
          {"tables", FindingStatus::kError, problem + ".", "Until this is mended, or the model changed, serve refuses to start."});
    }
  } catch (const std::runtime_error& error) {
    out.findings.push_back({"tables", FindingStatus::kError, fmt::format("they could not be compared with the models: {}", error.what()),
                            "serve would fail in the same way: see to that first."});
  }
}

}  // namespace

Database open_beside(const std::filesystem::path& file) {
  sqlite3* raw = nullptr;
  const int opened = sqlite3_open_v2(uri_of(file).c_str(), &raw, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, nullptr);
  Database database(raw);
  if (opened != SQLITE_OK) return nullptr;
  sqlite3_busy_timeout(raw, kBusyMilliseconds);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  return database;
}

Inspection inspect(const std::filesystem::path& file, const Catalog& catalog) {
  Inspection inspection;
  std::error_code none;
  if (std::filesystem::exists(file, none)) {
    inspection.owner = owner_of(file);
    inspection.findings.push_back(found_file(file, inspection.owner));
    if (inspection.findings.back().status != FindingStatus::kError) tell_fit(file, catalog, inspection);
  } else {
    inspection.findings.push_back({"database", FindingStatus::kOk, fmt::format("{} is not there yet; serve makes it.", file.string()), ""});
  }
  return inspection;
}

}  // namespace holdfast::sqlite
