#include "engine/sqlite/inspection.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "engine/sqlite/handles.h"
#include "model/loader.h"

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

constexpr auto kMade = "pragma journal_mode = wal; create table _hf_meta (key TEXT, value ANY); insert into _hf_meta values ('format', 1)";

Finding only_finding(const fs::path& file) {
  const auto inspection = inspect(file, Catalog({}));
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
  CHECK(contains(found.message, fmt::format("opens and is sound (format 1, {} KiB, SQLite 3.", fs::file_size(file) / 1024)));
  CHECK(found.advice.empty());
  CHECK(inspect(file, Catalog({})).owner.empty());
  CHECK(std::distance(fs::directory_iterator(folder.path), {}) == 1);
  CHECK(contains(only_finding(folder.database("create table mine (a)")).message, "format 1"));
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
  CHECK(inspect(file, Catalog({})).owner.empty());
  const int descriptor = ::open(lock.c_str(), O_RDWR | O_CLOEXEC);
  REQUIRE(::flock(descriptor, LOCK_EX | LOCK_NB) == 0);
  CHECK(inspect(file, Catalog({})).owner == "pid 4121, started 14:02, 127.0.0.1:8080");
  CHECK(only_finding(file).status == FindingStatus::kWarning);
  CHECK(contains(only_finding(file).message, "It is held by holdfast (pid 4121, started 14:02, 127.0.0.1:8080)."));
  ::close(descriptor);
  CHECK(inspect(file, Catalog({})).owner.empty());
}

TEST_CASE("inspection: tables over which serve refuses to start are an error, with the words of serve", "[engine]") {
  auto loaded = load_model_text("items", "type: object\nproperties:\n  name: { type: string }\n");
  REQUIRE(loaded.faults.empty());
  const Catalog catalog(std::move(loaded.models));
  const std::vector<std::pair<std::string, std::string>> made{
      {"create view items as select 1 as id", "items: the name is taken by a view"},
      {"create table items (_row integer primary key, id text unique, name integer)",
       "items: the column name is INTEGER, the model needs TEXT"},
      {"create table items (_row integer primary key, id text unique, name text, size integer not null)",
       "items: the column size is not in the model, and NOT NULL"},
      {"create table _hf_meta (key TEXT, value ANY); insert into _hf_meta values ('format', 7)",
       "was made by a newer holdfast (format 7;"}};
  for (const auto& [statements, words] : made) {
    const Folder folder;
    const auto inspection = inspect(folder.database(statements.c_str()), catalog);
    REQUIRE(inspection.findings.size() == 2);
    CHECK(inspection.findings[0].status == FindingStatus::kOk);
    CHECK(inspection.findings[1].name == "tables");
    CHECK(inspection.findings[1].status == FindingStatus::kError);
    INFO(inspection.findings[1].message);
    CHECK(contains(inspection.findings[1].message, words));
  }
  const Folder folder;
  CHECK(inspect(folder.database("create table others (a)"), catalog).findings.size() == 1);
  CHECK(std::distance(fs::directory_iterator(folder.path), {}) == 1);
}
