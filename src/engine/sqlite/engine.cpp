#include "engine/sqlite/engine.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/error.h"
#include "engine/sqlite/connection.h"
#include "engine/sqlite/lock_file.h"
#include "engine/sqlite/schema.h"
#include "engine/sqlite/search_table.h"
#include "engine/sqlite/settled_log.h"
#include "engine/sqlite/store.h"

namespace holdfast::sqlite {
namespace {

// A burst of a few scans is served, a second of waiting never; and who waits must have time left to run.
constexpr std::chrono::milliseconds kLongestLaneWait{600};
constexpr std::size_t kLaneQueueLimit = 256;  // bounds memory; waiting is bounded by time

// The folders that must be synced, so that a power cut finds the file: its own, and those that others were made in.
std::vector<std::filesystem::path> make_folder(const Options& options) {
  std::filesystem::path folder = options.file.parent_path();
  if (folder.empty()) folder = ".";
  std::vector<std::filesystem::path> changed{folder};
  std::error_code failure;
  if (std::filesystem::exists(folder)) return changed;
  for (auto at = std::filesystem::absolute(folder); !std::filesystem::exists(at) && at.has_relative_path();) {
    at = at.parent_path();
    changed.push_back(at);
  }
  std::filesystem::create_directories(folder, failure);
  if (failure) {
    throw StartupError(kExitUnavailable,
                       fmt::format("{} cannot be made: {}. Make it, or serve another folder.", folder.string(), failure.message()));
  }
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all, failure);  // records are nobody else's
  return changed;
}

// SQLite does so too when it makes a log, but passes over a failure.
void sync_folders(const std::vector<std::filesystem::path>& folders) {
  for (const std::filesystem::path& folder : folders) {
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) continue;  // one that this user may use but not read
    const int failure = ::fsync(descriptor) == 0 ? 0 : errno;
    ::close(descriptor);
    if (failure == 0 || failure == EINVAL) continue;  // EINVAL: the file system has no such thing
    throw StartupError(kExitUnavailable, fmt::format("The disk fails to keep the folder {}: {}. Check the disk, or serve another folder.",
                                                     folder.string(), std::strerror(failure)));
  }
}

// The superuser may write what is marked read-only; the mark is meant for him too.
void check_writable(const Options& options) {
  struct stat facts {};
  if (::stat(options.file.c_str(), &facts) != 0) return;  // will be made
  if (!S_ISREG(facts.st_mode)) throw StartupError(kExitUnavailable, fmt::format("{} is not a file.", shown(options)));
  if ((facts.st_mode & (S_IWUSR | S_IWGRP | S_IWOTH)) == 0) {
    throw StartupError(kExitUnavailable, fmt::format("{} is read-only. Allow writing: chmod u+w {}", shown(options), shown(options)));
  }
}

Database open_settled(const Options& options) {
  Database database = open_database(options, Role::kWriter);
  settle_log(database.get(), options);
  return database;
}

class SqliteEngine final : public Engine {
 public:
  SqliteEngine(const Options& options, const Catalog& catalog, const Clock& clock);

  std::string_view name() const noexcept override { return "sqlite"; }
  std::unique_ptr<Store> attach(asio::io_context& loop) override;
  const SecretKey& cursor_key() const noexcept override { return cursor_key_; }
  void announce(std::string_view address) override { lock_.name_owner(address); }
  Health health() const override;
  Reindexed reindex(const Model& model, const std::function<void(std::int64_t, std::int64_t)>& progress) override;
  void close() override;

 private:
  // Files are locked before they are opened, and the writer closes last, so that its checkpoint finds no reader.
  const Options options_;
  LockFile lock_;
  Database opened_;
  SecretKey cursor_key_;
  Writer writer_;
  std::vector<std::unique_ptr<Reader>> lane_readers_;
  Lanes lanes_;
};

std::vector<std::unique_ptr<Reader>> open_readers(const Options& options) {
  std::vector<std::unique_ptr<Reader>> readers;
  for (std::size_t lane = 0; lane < options.lanes; ++lane) readers.push_back(std::make_unique<Reader>(options, Role::kLane));
  return readers;
}

SqliteEngine::SqliteEngine(const Options& options, const Catalog& catalog, const Clock& clock)
    : options_(options),
      lock_(options, clock.now()),
      opened_(open_settled(options)),
      cursor_key_(prepare_schema(opened_.get(), options, catalog)),
      writer_(
          std::move(opened_), catalog,
          {std::chrono::milliseconds(options.longest_wait), options.pages_per_checkpoint, std::chrono::milliseconds(options.group_time)}),
      lane_readers_(open_readers(options)),
      lanes_(options.lanes, kLaneQueueLimit, std::min(kLongestLaneWait, std::chrono::milliseconds(options.query_timeout / 2))) {}

std::unique_ptr<Store> SqliteEngine::attach(asio::io_context& loop) {
  return std::make_unique<SqliteStore>(options_, loop,
                                       Shared{writer_, lanes_, lane_readers_, std::chrono::milliseconds(options_.query_timeout),
                                              std::chrono::milliseconds(options_.longest_wait)});
}

Health SqliteEngine::health() const {
  if (writer_.healthy() && writer_.full())
    return {true, "The last write found no room on the disk; reads go on, and writes when there is."};
  if (writer_.healthy()) return {};
  return {false, "The disk failed to keep a write; nothing is written until the server is started again.", true};
}

Reindexed SqliteEngine::reindex(const Model& model, const std::function<void(std::int64_t, std::int64_t)>& progress) {
  const Database database = open_database(options_, Role::kWriter);
  return mend_search(database.get(), model, progress);
}

// The loops have stopped: no client waits for what a lane still reads.
void SqliteEngine::close() {
  for (const auto& reader : lane_readers_) reader->stop();
  lanes_.close();
  writer_.close();
}

}  // namespace

std::unique_ptr<Engine> open(const Options& options, const Catalog& catalog, const Clock& clock) {
  const std::vector<std::filesystem::path> changed = make_folder(options);
  check_writable(options);
  auto engine = std::make_unique<SqliteEngine>(options, catalog, clock);
  sync_folders(changed);
  return engine;
}

}  // namespace holdfast::sqlite
