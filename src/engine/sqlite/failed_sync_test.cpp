// An fsync that fails, whatever errno says and wherever SQLite asks for it: the writer must never again say that something is kept.
//
// The system's own calls are replaced for this program (a library finds the program's before libc's), so that SQLite meets the failure as
// on a real disk.

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "engine/sqlite/engine.h"
#include "engine/testing/database.h"

using namespace holdfast;
using namespace holdfast::testing;

namespace {

// What to fail: syncs of files whose path ends so ("-wal", ".db"), or of folders ("/"); null: none.
std::atomic<const char*> failing = nullptr;
std::atomic<int> failing_with = EIO;
std::atomic<int> syncs_to_pass = 0;  // of those, before they fail

bool is_failing(int descriptor) {
  const char* ending = failing;
  if (ending == nullptr) return false;
  struct stat facts {};
  if (::fstat(descriptor, &facts) != 0) return false;
  if (S_ISDIR(facts.st_mode)) return std::strcmp(ending, "/") == 0 && syncs_to_pass-- <= 0;
  char path[4096];
  const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
  const ssize_t length = ::readlink(link.c_str(), path, sizeof path);
  return length > 0 && std::string_view(path, static_cast<std::size_t>(length)).ends_with(ending) && syncs_to_pass-- <= 0;
}

int sync_or_fail(int descriptor, long call) {
  if (is_failing(descriptor)) {
    errno = failing_with;
    return -1;
  }
  return static_cast<int>(::syscall(call, descriptor));
}

}  // namespace

extern "C" int fsync(int descriptor) {
  return sync_or_fail(descriptor, SYS_fsync);
}
extern "C" int fdatasync(int descriptor) {
  return sync_or_fail(descriptor, SYS_fdatasync);
}

namespace {

// From here on, until it goes.
struct FailingSync {
  FailingSync(const char* ending, int error, int pass = 0) {
    failing_with = error;
    syncs_to_pass = pass;
    failing = ending;
  }
  ~FailingSync() { failing = nullptr; }
};

struct File {
  TemporaryFolder folder;
  sqlite::Options options;
  std::optional<int> pages_per_checkpoint;  // here, so that it is there before the file is opened first
};

struct Opened : private File, TestDatabase {
  Opened()
      : TestDatabase(
            [this](const Catalog& catalog_to_open) {
              options.file = folder.path() / "data" / "holdfast.db";
              options.pages_per_checkpoint = pages_per_checkpoint;
              return sqlite::open(options, catalog_to_open, file_clock);
            },
            catalog_of({{"items", "type: object\nid: text\nproperties:\n  size: { type: integer }\n"}})) {}

  bool writes(const std::string& id) { return write(create("items", id)).has_value(); }
  bool has(const std::string& id) { return TestDatabase::has("items", id); }
  void check_that_writer_has_ended() {
    CHECK_FALSE(engine->health().ready);
    CHECK_THAT(engine->health().detail, Catch::Contains("nothing is written until the server is started again"));
    CHECK(engine->health().needs_restart);
    CHECK(refusal(write(create("items", "later")), Code::kDatabaseUnavailable).detail.find("until it is started again") !=
          std::string::npos);
    CHECK_FALSE(has("later"));
  }
  using File::folder;
  using File::options;
  using File::pages_per_checkpoint;

  static inline const FixedClock file_clock;
};

}  // namespace

// provokes: database_unavailable, outcome_unknown
TEST_CASE("sqlite: after a failed fsync no write is acknowledged any more, whatever errno says, reads go on, and health says so",
          "[engine]") {
  for (const int error : {EIO, ENOSPC, EDQUOT, EROFS, EINVAL, EINTR, ESTALE}) {
    INFO(std::strerror(error));
    Opened db;
    REQUIRE(db.writes("kept"));
    CHECK(db.engine->health().ready);
    {
      const FailingSync failure("-wal", error);
      refusal(db.write(db.create("items", "lost")), Code::kOutcomeUnknown);
    }  // the disk says that all is well again: too late
    db.check_that_writer_has_ended();
    CHECK(db.has("kept"));
    db.close();
    CHECK(std::filesystem::exists(db.options.file.string() + "-wal"));  // left for the next start, which trusts nothing but what it reads
    db.open();
    CHECK(db.engine->health().ready);
    CHECK(db.has("kept"));
    CHECK(db.writes("later"));
  }
}

// As long as a real one: what SQLite's file system takes in one call is bounded.
TEST_CASE("sqlite: after a failed fsync a start takes up a long log whole", "[engine]") {
  Opened db;
  const std::string log = db.options.file.string() + "-wal";
  std::size_t kept = 0;
  while (!std::filesystem::exists(log) || std::filesystem::file_size(log) < (2 << 20)) REQUIRE(db.writes("k" + std::to_string(kept++)));
  {
    const FailingSync failure("-wal", EIO);
    refusal(db.write(db.create("items", "lost")), Code::kOutcomeUnknown);
  }
  db.close();
  REQUIRE(std::filesystem::file_size(log) >= (2 << 20));
  db.open();
  for (std::size_t i = 0; i < kept; ++i) CHECK(db.has("k" + std::to_string(i)));
  CHECK(db.writes("later"));
}

TEST_CASE("sqlite: an fsync that fails in a checkpoint ends the writer, though what it carries over is kept in the log", "[engine]") {
  for (const char* file : {"-wal", ".db"}) {
    INFO(file);
    Opened db;
    db.close();
    db.pages_per_checkpoint = 1;
    db.open();
    {
      const FailingSync failure(file, EIO, std::strcmp(file, "-wal") == 0 ? 2 : 0);  // the log's header, the commit, then the checkpoint
      REQUIRE(db.writes("kept"));
      CHECK_FALSE(db.writes("behind the checkpoint"));
    }
    db.check_that_writer_has_ended();
    db.close();
    CHECK(std::filesystem::exists(db.options.file.string() + "-wal"));
    db.open();
    CHECK(db.has("kept"));
    CHECK(db.writes("later"));
  }
}

TEST_CASE("sqlite: a log whose header was not synced takes no write", "[engine]") {
  Opened db;
  db.close();
  db.open();  // the log is empty: the first write begins it
  {
    const FailingSync failure("-wal", EIO);
    refusal(db.write(db.create("items", "lost")), Code::kOutcomeUnknown);
  }
  db.check_that_writer_has_ended();
}

TEST_CASE("sqlite: an fsync that fails when the engine closes leaves the log to the next start", "[engine]") {
  Opened db;
  REQUIRE(db.writes("kept"));
  {
    const FailingSync failure(".db", EIO);
    db.engine->close();
  }  // the second try, when the last handle closes, would succeed
  CHECK_FALSE(db.engine->health().ready);
  db.close();
  CHECK(std::filesystem::exists(db.options.file.string() + "-wal"));
  db.open();
  CHECK(db.has("kept"));
}

TEST_CASE("sqlite: a start that cannot sync the log it found, or the folder, is refused, and harms nothing", "[engine]") {
  for (const char* file : {"-wal", "/"}) {
    INFO(file);
    Opened db;
    REQUIRE(db.writes("kept"));
    {
      const FailingSync failure("-wal", EIO);
      CHECK_FALSE(db.writes("lost"));
    }
    db.close();  // and leaves a log
    {
      const FailingSync failure(file, EIO);
      CHECK_THROWS_AS(db.open(), StartupError);
    }
    db.open();
    CHECK(db.has("kept"));
    CHECK(db.writes("later"));
  }
}
