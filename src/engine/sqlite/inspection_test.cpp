#include "engine/sqlite/inspection.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "engine/sqlite/handles.h"

using namespace holdfast;
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

Finding only_finding(const fs::path& file) {
  const auto inspection = inspect(file);
  REQUIRE(inspection.findings.size() == 1);
  CHECK(inspection.findings.front().name == "database");
  CHECK_FALSE(inspection.unreachable);
  return inspection.findings.front();
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("inspection: a sound database tells its format, and nothing is left beside it", "[engine]") {
  const Folder folder;
  const auto file = folder.database(kMade);
  const auto found = only_finding(file);
  CHECK(found.status == FindingStatus::kOk);
  CHECK(contains(found.message, fmt::format("opens and is sound (format 7, {} KiB, SQLite 3.", fs::file_size(file) / 1024)));
  CHECK(found.advice.empty());
  CHECK(inspect(file).owner.empty());
  CHECK(std::distance(fs::directory_iterator(folder.path), {}) == 1);
  CHECK(contains(only_finding(folder.database("create table mine (a)")).message, "format 7"));
}

TEST_CASE("inspection: a file that nobody made is not there, a folder is no database", "[engine]") {
  const Folder folder;
  const auto none = only_finding(folder.path / "none.db");
  CHECK(none.status == FindingStatus::kOk);
  CHECK(contains(none.message, "is not there yet; serve makes it."));
  const auto directory = only_finding(folder.path);
  CHECK(directory.status == FindingStatus::kError);
  CHECK(contains(directory.message, "cannot be served: it is not a file."));
}

TEST_CASE("inspection: a damaged database is found out", "[engine]") {
  const Folder folder;
  const auto file = folder.database("create table t (a); insert into t values (randomblob(9000)); create index i on t (a)");
  std::fstream(file, std::ios::in | std::ios::out | std::ios::binary).seekp(4096).write(std::string(600, '\x7f').data(), 600);
  const auto found = only_finding(file);
  CHECK(found.status == FindingStatus::kError);
  CHECK(contains(found.message, "cannot be served: "));
  CHECK(contains(found.advice, "Restore it from a backup"));
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
  CHECK(only_finding(file).status == FindingStatus::kWarning);
  CHECK(contains(only_finding(file).message, "It is held by holdfast (pid 4121, started 14:02, 127.0.0.1:8080)."));
  ::close(descriptor);
  CHECK(inspect(file).owner.empty());
}
