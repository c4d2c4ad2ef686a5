#include "engine/sqlite/scan.h"

#include <fmt/format.h>

#include <limits>

#include "base/error.h"
#include "engine/sql/dangling.h"
#include "engine/sqlite/codec.h"
#include "engine/sqlite/dialect.h"
#include "engine/sqlite/inspection.h"
#include "engine/sqlite/introspection.h"
#include "query/search_terms.h"

namespace holdfast::sqlite {
namespace {

// Between two batches no read transaction is open, so that the server beside us can start its log over.
constexpr std::int64_t kBatch = 1000;

class File {
 public:
  explicit File(const std::filesystem::path& file) : name_(file.string()), database_(open_beside(file)) {
    if (!database_) throw StartupError(kExitUnavailable, fmt::format("{} cannot be opened.", name_));
  }

  sqlite3* get() const noexcept { return database_.get(); }

  PreparedStatement prepare(const std::string& text) const {
    auto statement = sqlite::prepare(database_.get(), text);
    if (!statement) fail();
    return statement;
  }

  // True: a row is there.
  bool step(sqlite3_stmt* statement) const {
    const int code = sqlite3_step(statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE) fail();
    return code == SQLITE_ROW;
  }

  std::int64_t number(const std::string& text) const {
    const auto statement = prepare(text);
    return step(statement.get()) ? sqlite3_column_int64(statement.get(), 0) : 0;
  }

  // False when there is no such table: serve has not made it yet.
  bool has_columns(const Model& model) const {
    const auto table = read_table(database_.get(), model.table);
    if (!table) return false;
    for (const Field& field : model.fields) {
      if (table->column(field.column) != nullptr) continue;
      throw StartupError(kExitConfiguration, fmt::format("{}: the table {} has no column {}. `holdfast serve` adds what models ask for; "
                                                         "start it once, then scan again.",
                                                         name_, model.table, field.column));
    }
    return true;
  }

 private:
  [[noreturn]] void fail() const {
    throw StartupError(kExitUnavailable, fmt::format("{} cannot be read: {}.", name_, sqlite3_errmsg(database_.get())));
  }

  std::string name_;
  Database database_;
};

std::string text_at(sqlite3_stmt* statement, int column) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
  return text == nullptr ? "null" : text;
}

// Every column by itself, so that a record with several faults tells them all.
class CollectionScan {
 public:
  CollectionScan(const File& file, const Model& model, ScannedCollection& out) : file_(file), model_(model), out_(out) {
    const auto row = sql::identifier(row_column(model));
    std::string columns;
    for (const Field& field : model.fields) columns += sql::identifier(field.column) + ", ";
    select_ = file.prepare(
        fmt::format("select {0}{1} from {2} where {1} > ?1 order by {1} limit ?2", columns, row, sql::identifier(model.table)));
    has_search_ = model.search && object_exists(file.get(), search_table(model));
    if (has_search_) hash_ = file.prepare(fmt::format("select hash from {} where rowid = ?1", sql::identifier(search_table(model))));
  }

  // False: there is nothing left.
  bool next_batch() {
    const Use use(select_.get());
    sqlite3_bind_int64(use.get(), 1, last_);
    sqlite3_bind_int64(use.get(), 2, kBatch);
    std::int64_t count = 0;
    for (; file_.step(use.get()); ++count) look_at(use.get());
    out_.records += count;
    return count == kBatch;
  }

 private:
  void look_at(sqlite3_stmt* row) {
    Record record;
    record.values.resize(model_.fields.size());
    std::vector<std::size_t> misfits;
    for (std::size_t ordinal = 0; ordinal < model_.fields.size(); ++ordinal) {
      record.values[ordinal] = read_column(row, static_cast<int>(ordinal), model_.fields[ordinal]);
      if (record.values[ordinal].is_absent()) misfits.push_back(ordinal);
    }
    last_ = sqlite3_column_int64(row, static_cast<int>(model_.fields.size()));
    for (const auto ordinal : misfits) {
      ++out_.misfits;
      if (out_.listed.size() < kListedLimit) out_.listed.push_back({text_at(row, 0), model_.fields[ordinal].name});
    }
    if (model_.search && misfits.empty() && !has_right_search(record)) ++out_.stale_search;
  }

  bool has_right_search(const Record& record) {
    if (!has_search_) return false;
    const Use use(hash_.get());
    sqlite3_bind_int64(use.get(), 1, last_);
    return file_.step(use.get()) && sqlite3_column_int64(use.get(), 0) == static_cast<std::int64_t>(search_hash(model_, record));
  }

  const File& file_;
  const Model& model_;
  ScannedCollection& out_;
  PreparedStatement select_, hash_;
  bool has_search_ = false;
  std::int64_t last_ = std::numeric_limits<std::int64_t>::min();
};

ScannedCollection scan_collection(const File& file, const Model& model, const ScanProgress& progress) {
  ScannedCollection out;
  out.model = &model;
  if (!file.has_columns(model)) return out;
  const auto table = sql::identifier(model.table);
  const auto records = file.number("select count(*) from " + table);
  CollectionScan collection(file, model, out);
  for (bool goes_on = true; goes_on;) {
    goes_on = collection.next_batch();
    progress(model, out.records, std::max(records, out.records));
  }
  if (model.search && object_exists(file.get(), search_table(model))) {
    out.orphan_search =
        file.number(fmt::format("select count(*) from {} as _hf_s where not exists (select 1 from {} where {} = _hf_s.rowid)",
                                sql::identifier(search_table(model)), table, sql::identifier(row_column(model))));
  }
  return out;
}

}  // namespace

std::vector<ScannedCollection> scan(const std::filesystem::path& file, const Catalog& catalog, const ScanProgress& progress) {
  const File opened(file);
  std::vector<ScannedCollection> found;
  for (const Model& model : catalog.models()) found.push_back(scan_collection(opened, model, progress));
  return found;
}

std::vector<DanglingReference> dangling(const std::filesystem::path& file, const Catalog& catalog) {
  const File opened(file);
  std::vector<DanglingReference> found;
  for (const Reference& reference : catalog.references()) {
    if (!opened.has_columns(*reference.model)) continue;
    DanglingReference out{reference, 0, {}};
    const auto statement = opened.prepare(sql::dangling_text(kDialect, reference, opened.has_columns(*reference.target)));
    for (; opened.step(statement.get()); ++out.count) {
      if (out.listed.size() < kListedLimit) out.listed.push_back({text_at(statement.get(), 0), text_at(statement.get(), 1)});
    }
    if (out.count != 0) found.push_back(std::move(out));
  }
  return found;
}

}  // namespace holdfast::sqlite
