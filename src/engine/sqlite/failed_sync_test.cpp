// An fsync that fails: the writer must never again say that something is kept.

#include <sqlite3.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <cstring>

#include "engine/sqlite/engine.h"
#include "engine/testing/fixture.h"

using namespace holdfast;

namespace {

constexpr const char* kName = "holdfast-failing";
std::atomic<bool> fsync_fails = false;

// A file of the default file system with one method replaced. The wrapped file lives right behind it.
struct FailingFile {
  sqlite3_file base;
  sqlite3_file* wrapped() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

sqlite3_file* wrapped(sqlite3_file* file) {
  return reinterpret_cast<FailingFile*>(file)->wrapped();
}

// Passes a call on to the wrapped file's method of the same name.
template <auto method>
struct Pass;
template <typename Answer, typename... Arguments, Answer (*sqlite3_io_methods::*method)(sqlite3_file*, Arguments...)>
struct Pass<method> {
  static Answer call(sqlite3_file* file, Arguments... arguments) { return (wrapped(file)->pMethods->*method)(wrapped(file), arguments...); }
};

int sync_or_fail(sqlite3_file* file, int flags) {
  if (fsync_fails) return SQLITE_IOERR_FSYNC;
  return wrapped(file)->pMethods->xSync(wrapped(file), flags);
}

const sqlite3_io_methods& failing_methods() {
  using M = sqlite3_io_methods;
  static const M methods{3,
                         Pass<&M::xClose>::call,
                         Pass<&M::xRead>::call,
                         Pass<&M::xWrite>::call,
                         Pass<&M::xTruncate>::call,
                         sync_or_fail,
                         Pass<&M::xFileSize>::call,
                         Pass<&M::xLock>::call,
                         Pass<&M::xUnlock>::call,
                         Pass<&M::xCheckReservedLock>::call,
                         Pass<&M::xFileControl>::call,
                         Pass<&M::xSectorSize>::call,
                         Pass<&M::xDeviceCharacteristics>::call,
                         Pass<&M::xShmMap>::call,
                         Pass<&M::xShmLock>::call,
                         Pass<&M::xShmBarrier>::call,
                         Pass<&M::xShmUnmap>::call,
                         Pass<&M::xFetch>::call,
                         Pass<&M::xUnfetch>::call};
  return methods;
}

int open_failing(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  auto* original = static_cast<sqlite3_vfs*>(vfs->pAppData);
  const int code = original->xOpen(original, name, wrapped(file), flags, out_flags);
  file->pMethods = wrapped(file)->pMethods == nullptr ? nullptr : &failing_methods();
  return code;
}

void register_failing_files() {
  if (sqlite3_vfs_find(kName) != nullptr) return;
  static sqlite3_vfs failing = *sqlite3_vfs_find(nullptr);
  failing.pAppData = sqlite3_vfs_find(nullptr);
  failing.zName = kName;
  failing.szOsFile += static_cast<int>(sizeof(FailingFile));
  failing.xOpen = open_failing;
  REQUIRE(sqlite3_vfs_register(&failing, 0) == SQLITE_OK);
}

}  // namespace

// provokes: database_unavailable, outcome_unknown
TEST_CASE("sqlite: after a failed fsync no write is acknowledged any more, reads go on, and health says so", "[engine]") {
  const testing::TemporaryFolder folder;
  const testing::FixedClock clock;
  const Catalog catalog = testing::catalog_of({{"items", "type: object\nid: text\nproperties:\n  size: { type: integer }\n"}});
  const Model& model = *catalog.find("items");
  sqlite::Options options;
  options.file = folder.path() / "first.db";
  sqlite::open(options, catalog, clock)->close();  // SQLite is configured before a file system is registered
  register_failing_files();
  options.vfs = kName;
  options.file = folder.path() / "holdfast.db";

  const auto engine = sqlite::open(options, catalog, clock);
  asio::io_context loop(1);
  auto store = engine->attach(loop);
  const auto write = [&](const char* id) { return testing::run(loop, store->write(testing::create_plan(model, testing::text(id), {}))); };
  const auto find = [&](const char* id) {
    const FindPlan plan{&model, testing::text(id)};
    return testing::run(loop, store->find(plan));
  };
  REQUIRE(write("kept").has_value());
  CHECK(engine->health().ready);

  fsync_fails = true;
  const auto failed = write("lost");
  fsync_fails = false;  // the disk says that all is well again: too late
  REQUIRE(failed.has_error());
  CHECK(describe(failed.error().code).name == "outcome_unknown");
  const auto later = write("later");
  REQUIRE(later.has_error());
  CHECK(describe(later.error().code).name == "database_unavailable");
  CHECK_FALSE(engine->health().ready);
  CHECK(find("kept").has_value());
  CHECK(find("later").has_error());
  engine->close();
  store.reset();
}

TEST_CASE("sqlite: after a failed fsync the log is left for the next start, which finds all that was acknowledged", "[engine]") {
  const testing::TemporaryFolder folder;
  const testing::FixedClock clock;
  const Catalog catalog = testing::catalog_of({{"items", "type: object\nid: text\nproperties:\n  size: { type: integer }\n"}});
  const Model& model = *catalog.find("items");
  sqlite::Options options;
  options.file = folder.path() / "first.db";
  sqlite::open(options, catalog, clock)->close();
  register_failing_files();
  options.vfs = kName;
  options.file = folder.path() / "holdfast.db";
  asio::io_context loop(1);
  {
    const auto engine = sqlite::open(options, catalog, clock);
    const auto store = engine->attach(loop);
    REQUIRE(testing::run(loop, store->write(testing::create_plan(model, testing::text("kept"), {}))).has_value());
    fsync_fails = true;
    CHECK(testing::run(loop, store->write(testing::create_plan(model, testing::text("lost"), {}))).has_error());
    fsync_fails = false;
    engine->close();
  }
  CHECK(std::filesystem::exists(folder.path() / "holdfast.db-wal"));
  const auto engine = sqlite::open(options, catalog, clock);
  const auto store = engine->attach(loop);
  const FindPlan plan{&model, testing::text("kept")};
  CHECK(testing::run(loop, store->find(plan)).has_value());
  engine->close();
}
