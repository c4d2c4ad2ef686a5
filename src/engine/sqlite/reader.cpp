#include "engine/sqlite/reader.h"

#include <fmt/format.h>

#include "engine/sql/statement.h"
#include "engine/sqlite/codec.h"
#include "engine/sqlite/dialect.h"
#include "engine/sqlite/error.h"
#include "engine/sqlite/functions.h"
#include "engine/write_errors.h"

namespace holdfast::sqlite {
namespace {

constexpr int kInstructionsPerCheck = 1000;
constexpr std::size_t kKeptStatements = 256;

std::string rank_at(sqlite3_stmt* statement, int column) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
  return text == nullptr ? std::string() : sql::rank_of(text);
}

}  // namespace

Query make_query(const ListPlan& plan) {
  Query query;
  query.model = plan.model;
  query.ranges = sql::list_statements(kDialect, plan);
  query.ordinals = sql::selected_ordinals(plan);
  query.limit = plan.limit;
  query.ranked = plan.by_rank;
  query.slow = plan.search.has_value();
  if (plan.count_exact) query.total = sql::count_statement(kDialect, *plan.model, plan.filter, plan.search);
  return query;
}

Query make_query(const CountPlan& plan) {
  Query query;
  query.model = plan.model;
  query.total = sql::count_statement(kDialect, *plan.model, plan.filter);
  return query;
}

Reader::Reader(const Options& options, Role role)
    : database_(open_database(options, role)),
      statements_(database_.get(), kKeptStatements),
      begin_(prepare(database_.get(), "begin")),
      end_(prepare(database_.get(), "commit")) {
  sqlite3_progress_handler(database_.get(), kInstructionsPerCheck, watch, this);
  add_functions(database_.get(), &meter_);
}

Reader::~Reader() {
  finds_.clear();
  statements_.clear();
}

// SQLite counts instructions across statements, so the first call may come early: it alone never stops a query.
int Reader::watch(void* self) {
  Reader& reader = *static_cast<Reader*>(self);
  if (reader.stopped_.load(std::memory_order_relaxed)) return 1;
  Watch& watch = reader.watch_;
  if (watch.deadline && std::chrono::steady_clock::now() >= *watch.deadline) return 1;
  if (watch.checks_left == 0) return 0;
  return --watch.checks_left == 0 ? 1 : 0;
}

bool Reader::begin() {
  Use use(begin_.get());
  return sqlite3_step(use.get()) == SQLITE_DONE;
}

void Reader::end() {
  Use use(end_.get());
  sqlite3_step(use.get());
}

Reader::Find& Reader::find_of(const Model& model) {
  const auto [at, added] = finds_.try_emplace(&model);
  if (added) {
    at->second.statement = prepare(database_.get(), sql::find_text(kDialect, model));
    at->second.ordinals = sql::all_ordinals(model);
  }
  return at->second;
}

std::optional<Result<Record>> Reader::find(const Model& model, const Value& id) {
  Find& find = find_of(model);
  if (!find.statement) {
    Error error = error_of(database_.get());
    finds_.erase(&model);  // prepared anew when it is asked again
    return error;
  }
  watch_ = {};
  Use use(find.statement.get());
  bind_value(use.get(), 1, nullptr, id);
  const int code = sqlite3_step(use.get());
  if (code == SQLITE_ROW) return read_record(use.get(), model, find.ordinals);
  if (code == SQLITE_DONE) return no_record(model, id);
  if (is_busy(code)) return std::nullopt;
  return error_of(database_.get());
}

std::optional<Result<Listing>> Reader::run(const Query& query, const Budget& budget) {
  watch_ = {budget.checks, budget.deadline};
  Listing listing;
  Result<int> code = SQLITE_DONE;
  for (const sql::Statement& range : query.ranges) {
    if (code && *code == SQLITE_DONE) code = read_page(query, range, listing);
  }
  if (code && *code == SQLITE_DONE && query.total) code = read_total(*query.total, listing);
  watch_ = {};
  if (!code) return code.error();
  if (is_busy(*code)) return std::nullopt;
  if (is_interrupted(*code) && !budget.deadline) return std::nullopt;
  if (*code != SQLITE_DONE) return error_of(database_.get());
  listing.has_more = static_cast<std::int64_t>(listing.records.size()) > query.limit;
  if (listing.has_more) listing.records.pop_back();
  return Result<Listing>(std::move(listing));
}

std::optional<Result<Listing>> Reader::run_whole(const Query& query, const Budget& budget) {
  const bool late = budget.deadline && std::chrono::steady_clock::now() >= *budget.deadline;
  if (late || stopped_.load(std::memory_order_relaxed)) return Error(Code::kQueryTimeout, "The query waited longer than it may run.");
  if (!begin()) return std::nullopt;
  auto answer = run(query, budget);
  end();
  return answer;
}

Result<int> Reader::read_page(const Query& query, const sql::Statement& range, Listing& listing) {
  const std::int64_t wanted = query.limit + 1 - static_cast<std::int64_t>(listing.records.size());
  if (wanted == 0) return SQLITE_DONE;
  sqlite3_stmt* statement = statements_.get(range.text);
  if (statement == nullptr) return error_of(database_.get());
  Use use(statement);
  bind_all(statement, range.parameters);
  sqlite3_bind_int64(statement, static_cast<int>(range.parameters.size()), wanted);
  int code;
  while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
    Result<Record> record = read_record(statement, *query.model, query.ordinals);
    if (!record) return record.error();
    const bool is_on_page = static_cast<std::int64_t>(listing.records.size()) < query.limit;
    if (query.ranked && is_on_page) listing.last_rank = rank_at(statement, static_cast<int>(query.ordinals.size()) + 1);
    listing.records.push_back(std::move(*record));
  }
  return code;
}

Result<int> Reader::read_total(const sql::Statement& total, Listing& listing) {
  sqlite3_stmt* statement = statements_.get(total.text);
  if (statement == nullptr) return error_of(database_.get());
  Use use(statement);
  bind_all(statement, total.parameters);
  const int code = sqlite3_step(statement);
  if (code != SQLITE_ROW) return code;
  listing.total = sqlite3_column_int64(statement, 0);
  return SQLITE_DONE;
}

}  // namespace holdfast::sqlite
