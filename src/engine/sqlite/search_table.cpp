#include "engine/sqlite/search_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <stdexcept>

#include "base/hash.h"
#include "base/log.h"
#include "engine/sqlite/codec.h"
#include "engine/sqlite/connection.h"
#include "engine/sqlite/dialect.h"
#include "engine/sqlite/introspection.h"
#include "engine/sqlite/search_index.h"
#include "query/search_terms.h"

namespace holdfast::sqlite {
namespace {

// A batch: short enough that other programs get to write in between, and bounded in memory.
constexpr std::int64_t kBatch = 1000;
constexpr std::size_t kBatchBytes = 8 << 20;

[[noreturn]] void fail(sqlite3* database) {
  throw std::runtime_error(sqlite3_errmsg(database));
}

void run(sqlite3* database, const std::string& text) {
  if (execute(database, text.c_str()) != SQLITE_OK) fail(database);
}

PreparedStatement prepare_or_fail(sqlite3* database, const std::string& text) {
  PreparedStatement statement = prepare(database, text);
  if (!statement) fail(database);
  return statement;
}

// True: a row is there.
bool step(sqlite3* database, sqlite3_stmt* statement) {
  const int code = sqlite3_step(statement);
  if (code != SQLITE_ROW && code != SQLITE_DONE) fail(database);
  return code == SQLITE_ROW;
}

std::int64_t count_records(sqlite3* database, const Model& model) {
  const PreparedStatement count = prepare_or_fail(database, "select count(*) from " + sql::identifier(model.table));
  step(database, count.get());
  return sqlite3_column_int64(count.get(), 0);
}

// `prefix` answers a beginning of two characters, which a fifth of all words may have, 20 times as fast, for a sixth more bytes. Sizes of
// columns are nothing that a rank needs.
std::string create_text(const Model& model) {
  std::string columns;
  for (std::size_t field = 0; field < model.search->fields.size(); ++field) columns += fmt::format("s{0}, w{0}, ", field);
  return fmt::format("create virtual table {} using fts5({}hash unindexed, tokenize='ascii', columnsize=0, prefix='2')",
                     sql::identifier(search_table(model)), columns);
}

// Of the table itself: +1 when create_text() changes.
constexpr std::uint64_t kLayout = 1;

// What the table holds, of which columns, and how.
std::int64_t wanted_version(const Model& model) {
  std::string columns;
  for (const std::size_t field : model.search->fields) columns += sql::identifier(model.fields[field].column);
  return static_cast<std::int64_t>(search_version(model) + content_hash(columns) + kLayout);
}

// Records in order of rows, with what is searched.
class SearchedRecords {
 public:
  SearchedRecords(sqlite3* database, const Model& model) : database_(database), model_(model) {
    ordinals_ = {0};
    ordinals_.insert(ordinals_.end(), model.search->fields.begin(), model.search->fields.end());
    const std::string row = sql::identifier(row_column(model));
    std::string columns;
    for (const std::size_t ordinal : ordinals_) columns += sql::identifier(model.fields[ordinal].column) + ", ";
    select_ = prepare_or_fail(database, fmt::format("select \"_rev\", {0}{1} from {2} where {1} > ?1 order by {1} limit ?2", columns, row,
                                                    sql::identifier(model.table)));
  }

  // Calls `visit` with the row and its record, or nothing when that cannot be read, for the next kBatch rows, until it answers false. How
  // many there were; 0 at the end.
  template <typename Visit>
  std::int64_t visit_batch(Visit visit) {
    const Use use(select_.get());
    sqlite3_bind_int64(use.get(), 1, last_);
    sqlite3_bind_int64(use.get(), 2, kBatch);
    std::int64_t count = 0;
    for (bool goes_on = true; goes_on && step(database_, use.get()); ++count) {
      last_ = sqlite3_column_int64(use.get(), static_cast<int>(ordinals_.size()) + 1);
      const Result<Record> record = read_record(use.get(), model_, ordinals_);
      goes_on = visit(last_, record ? &*record : nullptr);
    }
    return count;
  }

 private:
  sqlite3* database_;
  const Model& model_;
  std::vector<std::size_t> ordinals_;
  PreparedStatement select_;
  std::int64_t last_ = std::numeric_limits<std::int64_t>::min();
};

std::string version_key(const Model& model) {
  return "search " + sql::identifier(model.table);
}

// The rules that the table was made by; nothing: it was not made.
std::optional<std::int64_t> stored_version(sqlite3* database, const Model& model) {
  const std::string key = version_key(model);
  const PreparedStatement select = prepare_or_fail(database, "select value from _hf_meta where key = ?1");
  sqlite3_bind_text64(select.get(), 1, key.data(), key.size(), SQLITE_STATIC, SQLITE_UTF8);
  if (!step(database, select.get())) return std::nullopt;
  return sqlite3_column_int64(select.get(), 0);
}

void fill(sqlite3* database, const Model& model) {
  const std::int64_t records = count_records(database, model);
  if (records == 0) return;
  log(LogLevel::kInfo, "making search data", {{"collection", model.name}, {"records", fmt::format("{}", records), true}});
  SearchIndex index(database);
  SearchedRecords searched(database, model);
  const auto put = [&](std::int64_t row, const Record* record) {
    if (record != nullptr) index.put(model, row, *record);
    return index.bytes() < kBatchBytes;
  };
  while (searched.visit_batch(put) != 0) {
    if (index.flush() != SQLITE_OK) fail(database);
  }
  // A million records leave 15 segments, each of which every search looks into: merging them (2 s) makes the lookup of a rare word 3 × as
  // fast.
  run(database, fmt::format("insert into {0}({0}) values ('optimize')", sql::identifier(search_table(model))));
}

// Runs `work` in a transaction of its own.
template <typename Work>
void in_transaction(sqlite3* database, Work work) {
  run(database, "begin immediate");
  try {
    work();
    run(database, "commit");
  } catch (...) {
    execute(database, "rollback");
    throw;
  }
}

std::int64_t mend_records(sqlite3* database, const Model& model, SearchIndex& index, SearchedRecords& searched, Reindexed& out) {
  const PreparedStatement kept =
      prepare_or_fail(database, fmt::format("select hash from {} where rowid = ?1", sql::identifier(search_table(model))));
  return searched.visit_batch([&](std::int64_t row, const Record* record) {
    if (record == nullptr) {
      ++out.unreadable;
      return true;
    }
    const Use use(kept.get());
    sqlite3_bind_int64(use.get(), 1, row);
    const bool is_right =
        step(database, use.get()) && sqlite3_column_int64(use.get(), 0) == static_cast<std::int64_t>(search_hash(model, *record));
    if (is_right) return true;
    index.put(model, row, *record);
    ++out.mended;
    return index.bytes() < kBatchBytes;
  });
}

// Rows of the search table whose record is gone. How many rows were looked at; `last` is the last one of them.
std::int64_t remove_orphans(sqlite3* database, const Model& model, SearchIndex& index, std::int64_t& last, std::int64_t& mended) {
  const PreparedStatement select = prepare_or_fail(
      database,
      fmt::format(
          "select rowid, exists (select 1 from {1} where {2} = _hf_s.rowid) from {0} as _hf_s where rowid > ?1 order by rowid limit ?2",
          sql::identifier(search_table(model)), sql::identifier(model.table), sql::identifier(row_column(model))));
  sqlite3_bind_int64(select.get(), 1, last);
  sqlite3_bind_int64(select.get(), 2, kBatch);
  std::int64_t count = 0;
  for (; step(database, select.get()); ++count) {
    last = sqlite3_column_int64(select.get(), 0);
    if (sqlite3_column_int(select.get(), 1) != 0) continue;
    index.remove(model, last);
    ++mended;
  }
  return count;
}

}  // namespace

void prepare_search(sqlite3* database, const Model& model, bool renew) {
  const std::string name = search_table(model);
  const bool exists = object_exists(database, name);
  if (!model.search && !exists) return;
  if (model.search && exists && !renew && stored_version(database, model) == wanted_version(model)) return;
  run(database, "drop table if exists " + sql::identifier(name));
  if (!model.search) return run(database, "delete from _hf_meta where key = " + sqlite::quoted(version_key(model)));
  run(database, create_text(model));
  fill(database, model);
  run(database, fmt::format("insert or replace into _hf_meta values ({}, {})", sqlite::quoted(version_key(model)), wanted_version(model)));
}

Reindexed mend_search(sqlite3* database, const Model& model, const std::function<void(std::int64_t, std::int64_t)>& progress) {
  Reindexed out;
  if (!model.search) return out;
  const std::int64_t of = count_records(database, model);
  SearchIndex index(database);
  SearchedRecords searched(database, model);
  const auto flush = [&] {
    if (index.flush() != SQLITE_OK) fail(database);
  };
  for (std::int64_t batch = -1; batch != 0;) {
    in_transaction(database, [&] {
      batch = mend_records(database, model, index, searched, out);
      flush();
    });
    sqlite3_wal_checkpoint_v2(database, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);  // else the log holds the whole index
    out.records += batch;
    if (batch != 0) progress(out.records, std::max(of, out.records));
  }
  std::int64_t last = std::numeric_limits<std::int64_t>::min();
  for (std::int64_t batch = kBatch; batch == kBatch;) {
    in_transaction(database, [&] {
      batch = remove_orphans(database, model, index, last, out.mended);
      flush();
    });
  }
  return out;
}

}  // namespace holdfast::sqlite
