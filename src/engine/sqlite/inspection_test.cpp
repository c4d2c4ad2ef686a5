#include "engine/sqlite/inspection.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "engine/sqlite/handles.h"

using namespace holdfast::sqlite;
namespace fs = std::filesystem;

namespace {

class Folder {
 public:
  Folder() {
    auto pattern = (fs::temp_directory_path() / "holdfast_inspection_XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()));
    path = pattern;
  }
  ~Folder() { fs::remove_all(path); }

  // A database with characters in its name that mean something in a URI.
  fs::path database(const char* statements) const {
    const auto file = path / "a %41?b#.db";
    sqlite3* raw = nullptr;
    REQUIRE(sqlite3_open(file.c_str(), &raw) == SQLITE_OK);
    const Database owner(raw);
    REQUIRE(sqlite3_exec(raw, statements, nullptr, nullptr, nullptr) == SQLITE_OK);
    return file;
  }

  fs::path path;
};

constexpr auto kMade = "pragma journal_mode = wal; create table _hf_meta (key TEXT, value ANY); insert into _hf_meta values ('format', 7)";

}  // namespace

TEST_CASE("inspection: a sound database tells its format, and nothing is left beside it", "[engine]") {
  const Folder folder;
  const auto file = folder.database(kMade);
  const auto found = inspect(file);
  CHECK(found.exists);
  CHECK(found.fault.empty());
  CHECK(found.owner.empty());
  CHECK(found.format == 7);
  CHECK(found.bytes == fs::file_size(file));
  CHECK(std::distance(fs::directory_iterator(folder.path), {}) == 1);
  CHECK(inspect(folder.database("create table mine (a)")).format == 7);
}

TEST_CASE("inspection: a file that nobody made is not there, a folder is no database", "[engine]") {
  const Folder folder;
  CHECK_FALSE(inspect(folder.path / "none.db").exists);
  CHECK(inspect(folder.path).fault == "it is not a file");
}

TEST_CASE("inspection: a damaged database is found out", "[engine]") {
  const Folder folder;
  const auto file = folder.database("create table t (a); insert into t values (randomblob(9000)); create index i on t (a)");
  std::fstream(file, std::ios::in | std::ios::out | std::ios::binary).seekp(4096).write(std::string(600, '\x7f').data(), 600);
  CHECK_FALSE(inspect(file).fault.empty());
}

TEST_CASE("inspection: names the server that holds the file, and not one that has died", "[engine]") {
  const Folder folder;
  const auto file = folder.database(kMade);
  const auto lock = file.string() + ".lock";
  std::ofstream(lock) << "pid 4121, started 14:02, 127.0.0.1:8080\n";
  CHECK(inspect(file).owner.empty());
  const int descriptor = ::open(lock.c_str(), O_RDWR | O_CLOEXEC);
  REQUIRE(::flock(descriptor, LOCK_EX | LOCK_NB) == 0);
  CHECK(inspect(file).owner == "pid 4121, started 14:02, 127.0.0.1:8080");
  ::close(descriptor);
  CHECK(inspect(file).owner.empty());
}
