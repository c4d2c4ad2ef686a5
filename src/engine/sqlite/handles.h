#pragma once
// SQLite's C handles, wrapped once. A handle belongs to one thread at a time (they are opened without mutexes).

#include <sqlite3.h>

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace holdfast::sqlite {

struct CloseDatabase {
  void operator()(sqlite3* database) const noexcept { sqlite3_close_v2(database); }
};
struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
};

using Database = std::unique_ptr<sqlite3, CloseDatabase>;
using PreparedStatement = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

// Resets a statement when its use ends: an un-reset select keeps its read transaction open. Parameters are bound without copying, so
// they are cleared with it.
class Use {
 public:
  explicit Use(sqlite3_stmt* statement) noexcept : statement_(statement) {}
  ~Use() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;

  sqlite3_stmt* get() const noexcept { return statement_; }

 private:
  sqlite3_stmt* statement_;
};

// Null and the database's error code set when the text does not compile. `kept`: it will be used many times.
PreparedStatement prepare(sqlite3* database, std::string_view text, bool kept = true);

// The statements of one handle by their text; the least recently used goes when there are too many.
class StatementCache {
 public:
  StatementCache(sqlite3* database, std::size_t capacity) : database_(database), capacity_(capacity) {}

  // Valid until the next call. Null when the text does not compile: ask the database why.
  sqlite3_stmt* get(std::string_view text);
  void clear() noexcept;

 private:
  struct Entry {
    std::string text;
    PreparedStatement statement;
  };

  sqlite3* database_;
  std::size_t capacity_;
  PreparedStatement oversized_;  // the last one that was too long to keep
  std::list<Entry> entries_;     // most recently used first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_text_;
};

}  // namespace holdfast::sqlite
