#include "engine/sqlite/joined_log.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "engine/sqlite/handles.h"
#include "engine/testing/fixture.h"

using namespace holdfast;

namespace {

sqlite::Database open_file(const std::filesystem::path& file, const char* file_system) {
  sqlite3* raw = nullptr;
  REQUIRE(sqlite3_open_v2(file.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, file_system) == SQLITE_OK);
  return sqlite::Database(raw);
}

void execute(const sqlite::Database& database, const char* text) {
  CAPTURE(text);
  REQUIRE(sqlite3_exec(database.get(), text, nullptr, nullptr, nullptr) == SQLITE_OK);
}

std::int64_t number(const sqlite::Database& database, const char* text) {
  const sqlite::PreparedStatement statement = sqlite::prepare(database.get(), text, false);
  REQUIRE(sqlite3_step(statement.get()) == SQLITE_ROW);
  return sqlite3_column_int64(statement.get(), 0);
}

// Ten thousand rows of a kilobyte, through a cache of ten pages: most frames are read again before they are synced.
constexpr const char* kFill =
    "with recursive n(i) as (select 1 union all select i + 1 from n where i < 10000) insert into t select i, randomblob(1000) from n";

struct JoinedFile {
  testing::TemporaryFolder folder;
  std::filesystem::path file = folder.path() / "joined.db";
  sqlite::Database plain = open_file(file, nullptr);
  sqlite::Database writer = open_file(file, sqlite::joined_log_file_system({}).c_str());

  JoinedFile() {
    sqlite::forget_undone_frames(writer.get());
    execute(writer, "pragma journal_mode = wal; pragma synchronous = full; pragma cache_size = 10; pragma wal_autocheckpoint = 0");
    execute(writer, "create table t (i integer primary key, b blob)");
  }
};

}  // namespace

TEST_CASE("joined log: what is committed is there for every other handle", "[engine]") {
  JoinedFile joined;
  for (int i = 0; i < 50; ++i) {
    execute(joined.writer, "insert into t (b) values (randomblob(100))");
    CHECK(number(joined.plain, "select count(*) from t") == i + 1);
  }
}

TEST_CASE("joined log: a transaction that is larger than the cache reads its own frames", "[engine]") {
  JoinedFile joined;
  execute(joined.writer, "begin");
  execute(joined.writer, kFill);
  execute(joined.writer, "update t set b = zeroblob(1000) where i % 3 = 0");
  CHECK(number(joined.writer, "select count(*) from t where b = zeroblob(1000)") == 3333);
  CHECK(number(joined.plain, "select count(*) from t") == 0);
  execute(joined.writer, "savepoint s; delete from t where i % 2 = 0");
  CHECK(number(joined.writer, "select count(*) from t") == 5000);
  execute(joined.writer, "rollback to s; release s; commit");
  CHECK(number(joined.plain, "select count(*) from t where b = zeroblob(1000)") == 3333);
  CHECK(number(joined.plain, "select count(*) from pragma_integrity_check where integrity_check = 'ok'") == 1);
}

TEST_CASE("joined log: what is rolled back leaves nothing, and the log goes on", "[engine]") {
  JoinedFile joined;
  execute(joined.writer, "begin");
  execute(joined.writer, kFill);
  execute(joined.writer, "rollback");
  execute(joined.writer, "insert into t values (1, 'one')");
  execute(joined.writer, "pragma wal_checkpoint(restart)");
  execute(joined.writer, "insert into t values (2, 'two')");
  CHECK(number(joined.plain, "select sum(i) from t") == 3);
}

TEST_CASE("joined log: what was rolled back is not written over what another program has committed since", "[engine]") {
  JoinedFile joined;
  execute(joined.plain, "pragma wal_autocheckpoint = 0");
  execute(joined.writer, "begin");
  execute(joined.writer, kFill);
  execute(joined.writer, "rollback");
  execute(joined.plain, kFill);
  CHECK(number(joined.writer, "select count(*) from t") == 10000);
  execute(joined.writer, "insert into t (b) values (randomblob(100))");
  CHECK(number(joined.plain, "select count(*) from t") == 10001);
  CHECK(number(joined.plain, "select count(*) from pragma_integrity_check where integrity_check = 'ok'") == 1);
}

TEST_CASE("joined log: a log that is left behind is read by the next to open the file", "[engine]") {
  JoinedFile joined;
  execute(joined.writer, kFill);
  const std::filesystem::path copy = joined.folder.path() / "copy.db";
  std::filesystem::copy_file(joined.file, copy);
  std::filesystem::copy_file(joined.file.string() + "-wal", copy.string() + "-wal");
  const sqlite::Database next = open_file(copy, nullptr);
  CHECK(number(next, "select count(*) from t") == 10000);
}

TEST_CASE("joined log: stands on a file system that there is", "[engine]") {
  CHECK(sqlite::joined_log_file_system({}) == sqlite::joined_log_file_system({}));
  CHECK_THROWS_AS(sqlite::joined_log_file_system("no such file system"), StartupError);
}
