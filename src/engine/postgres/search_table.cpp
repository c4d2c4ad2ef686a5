#include "engine/postgres/search_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <stdexcept>

#include "base/log.h"
#include "engine/postgres/codec.h"
#include "engine/postgres/dialect.h"
#include "engine/postgres/introspection.h"
#include "engine/postgres/search_columns.h"
#include "engine/postgres/table_comparison.h"
#include "query/search_terms.h"

namespace holdfast::postgres {
namespace {

constexpr int kBatch = 1000;
// What one statement changes: few round trips, and bounded in memory.
constexpr std::size_t kRowsAtOnce = 50;
constexpr std::size_t kBytesAtOnce = 8 << 20;

// Of the columns themselves: +1 when search_values() changes.
constexpr std::uint64_t kLayout = 1;

std::string version_key(const Model& model) {
  return "search " + table_text(model);
}

// What the columns hold, and of which fields.
std::string wanted_version(const Model& model) {
  std::string columns;
  for (const std::size_t field : model.search->fields) columns += sql::identifier(model.fields[field].column);
  return fmt::format("{}", search_version(model) + content_hash(columns) + kLayout);
}

std::optional<std::string> stored_version(DirectSession& session, const Model& model) {
  const Answer answer = ask(session, "select value from _hf_meta where key = $1", {encode({nullptr, Value(version_key(model))})});
  if (answer.rows() == 0) return std::nullopt;
  return text_at(answer, 0, 0);
}

std::int64_t count_records(DirectSession& session, const Model& model) {
  return read_integer(ask(session, "select count(*) from " + table_text(model)).bytes(0, 0));
}

std::vector<std::size_t> searched_ordinals(const Model& model) {
  std::vector<std::size_t> ordinals{0};
  ordinals.insert(ordinals.end(), model.search->fields.begin(), model.search->fields.end());
  return ordinals;
}

// `select "_rev", <id and searched fields>, "_hf_search" from … `
std::string select_text(const Model& model) {
  std::string out = "select \"_rev\"";
  for (const std::size_t ordinal : searched_ordinals(model)) out.append(", ").append(sql::identifier(model.fields[ordinal].column));
  return fmt::format("{}, {} from {}", out, sql::identifier(kSearchHashColumn), table_text(model));
}

// Search values of several records, written by one statement.
class SearchUpdate {
 public:
  SearchUpdate(DirectSession& session, const Model& model) : session_(session), model_(model) {}

  void put(const Record& record) {
    query_.parameters.push_back(encode({&model_.fields[0], record.values[0]}));
    for (Parameter& value : search_values(model_, record)) {
      bytes_ += value.bytes ? value.bytes->size() : 0;
      query_.parameters.push_back(std::move(value));
    }
    if (++rows_ == kRowsAtOnce || bytes_ > kBytesAtOnce) flush();
  }

  void flush() {
    if (rows_ == 0) return;
    const std::vector<std::string> columns = search_columns(model_);
    std::string assignments, names, values;
    for (const std::string& column : columns) {
      const std::string name = sql::identifier(column);
      fmt::format_to(std::back_inserter(assignments), "{}{} = v.{}", assignments.empty() ? "" : ", ", name, name);
      names.append(", ").append(name);
    }
    std::size_t number = 0;
    for (std::size_t row = 0; row < rows_; ++row) {
      values.append(row == 0 ? "(" : "), (");
      for (std::size_t column = 0; column <= columns.size(); ++column) {
        fmt::format_to(std::back_inserter(values), "{}${}", column == 0 ? "" : ", ", ++number);
      }
    }
    query_.text = fmt::format("update {} as t set {} from (values {})) as v(\"_hf_id\"{}) where t.{} = v.\"_hf_id\"", table_text(model_),
                              assignments, values, names, sql::identifier(model_.fields[0].column));
    ask(session_, query_.text, std::move(query_.parameters));
    query_.parameters.clear();
    rows_ = 0;
    bytes_ = 0;
  }

 private:
  DirectSession& session_;
  const Model& model_;
  Query query_;
  std::size_t rows_ = 0;
  std::size_t bytes_ = 0;
};

// Records in order of ids.
class SearchedRecords {
 public:
  SearchedRecords(DirectSession& session, const Model& model) : session_(session), model_(model), ordinals_(searched_ordinals(model)) {}

  // Calls `visit` with the id's parameter, the record (null: it cannot be read) and the stored hash for the next kBatch records. How many
  // there were; 0 at the end.
  template <typename Visit>
  std::int64_t visit_batch(Visit visit) {
    const std::string id = sql::identifier(model_.fields[0].column);
    std::vector<Parameter> parameters;
    std::string text = select_text(model_);
    if (last_) {
      text += fmt::format(" where {} > $1", id);
      parameters.push_back(*last_);
    }
    const Answer answer = ask(session_, fmt::format("{} order by {} limit {}", text, id, kBatch), std::move(parameters));
    for (int row = 0; row < answer.rows(); ++row) {
      last_ = Parameter{answer.type(1), text_at(answer, row, 1)};
      visit(answer, row);
    }
    return answer.rows();
  }

  Result<Record> read(const Answer& answer, int row) const { return read_record(answer, row, model_, ordinals_); }
  bool is_right(const Answer& answer, int row, const Record& record) const {
    const int hash = static_cast<int>(ordinals_.size()) + 1;
    return !answer.is_null(row, hash) && read_integer(answer.bytes(row, hash)) == static_cast<std::int64_t>(search_hash(model_, record));
  }

 private:
  DirectSession& session_;
  const Model& model_;
  std::vector<std::size_t> ordinals_;
  std::optional<Parameter> last_;
};

void fill(DirectSession& session, const Model& model) {
  const std::int64_t records = count_records(session, model);
  if (records == 0) return;
  log(LogLevel::kInfo, "making search data", {{"collection", model.name}, {"records", fmt::format("{}", records), true}});
  SearchedRecords searched(session, model);
  SearchUpdate update(session, model);
  const auto put = [&](const Answer& answer, int row) {
    if (const Result<Record> record = searched.read(answer, row)) update.put(*record);
  };
  while (searched.visit_batch(put) != 0) update.flush();
}

// Records of the batch that need mending are read once more under a lock, since others may have changed them in between.
std::int64_t mend_batch(DirectSession& session, const Model& model, SearchedRecords& searched, Reindexed& out) {
  Value::Array stale;
  const std::int64_t count = searched.visit_batch([&](const Answer& answer, int row) {
    const Result<Record> record = searched.read(answer, row);
    if (!record) {
      ++out.unreadable;
    } else if (!searched.is_right(answer, row, *record)) {
      stale.push_back(record->values[0]);
    }
  });
  if (stale.empty()) return count;
  const std::string id = sql::identifier(model.fields[0].column);
  const Answer locked = ask(session, fmt::format("{} where {} = any($1) order by {} for no key update", select_text(model), id, id),
                            {encode_ids(model, stale)});
  SearchUpdate update(session, model);
  for (int row = 0; row < locked.rows(); ++row) {
    const Result<Record> record = searched.read(locked, row);
    if (!record || searched.is_right(locked, row, *record)) continue;
    update.put(*record);
    ++out.mended;
  }
  update.flush();
  return count;
}

}  // namespace

void prepare_search(DirectSession& session, const Model& model, bool table_is_new) {
  const std::optional<std::string> stored = stored_version(session, model);
  if (!model.search) {  // what is there grows stale from now on
    if (stored) run(session, "delete from _hf_meta where key = " + quoted(version_key(model)));
    return;
  }
  const std::string wanted = wanted_version(model);
  if (stored == wanted && !table_is_new) return;
  fill(session, model);
  run(session, keep_meta_text(version_key(model), wanted));
}

Reindexed mend_search(DirectSession& session, const Model& model, const std::string& terms,
                      const std::function<void(std::int64_t, std::int64_t)>& progress) {
  Reindexed out;
  if (!model.search) return out;
  try {
    run(session, "begin; " + terms);
    const std::int64_t of = count_records(session, model);
    SearchedRecords searched(session, model);
    for (std::int64_t batch = -1; batch != 0;) {
      batch = mend_batch(session, model, searched, out);
      run(session, "commit");
      out.records += batch;
      if (batch != 0) progress(out.records, std::max(of, out.records));
      run(session, "begin; " + terms);
    }
    run(session, "commit");
  } catch (const QueryFailed& failed) {
    session.run_text("rollback");
    throw std::runtime_error(failed.failure.message);
  }
  return out;
}

}  // namespace holdfast::postgres
