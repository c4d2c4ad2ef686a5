#pragma once
// For tests of writes: an engine on a file of its own, and another program on the same file.

#include <catch2/catch.hpp>

#include "engine/sqlite/connection.h"
#include "engine/testing/database.h"

namespace holdfast::testing {

// Another program on the same file.
class OtherProgram {
 public:
  explicit OtherProgram(const std::filesystem::path& file) {
    sqlite3* raw = nullptr;
    REQUIRE(sqlite3_open(file.c_str(), &raw) == SQLITE_OK);
    database_.reset(raw);
    sqlite3_busy_timeout(raw, 5000);
  }
  int run(const char* text) const { return sqlite::execute(database_.get(), text); }
  std::int64_t answer(const char* text) const {
    const sqlite::PreparedStatement statement = sqlite::prepare(database_.get(), text, false);
    REQUIRE(statement != nullptr);
    REQUIRE(sqlite3_step(statement.get()) == SQLITE_ROW);
    return sqlite3_column_int64(statement.get(), 0);
  }

 private:
  sqlite::Database database_;
};

struct File {
  TemporaryFolder folder;
  sqlite::Options options;
};

struct Opened : private File, TestDatabase {
  explicit Opened(Catalog models)
      : TestDatabase(
            [this](const Catalog& catalog_to_open) {
              options.file = folder.path() / "holdfast.db";
              return sqlite::open(options, catalog_to_open, file_clock);
            },
            std::move(models)) {}

  OtherProgram other() const { return OtherProgram(options.file); }
  using File::options;

  static inline const FixedClock file_clock;
};

}  // namespace holdfast::testing
