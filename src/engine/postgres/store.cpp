#include "engine/postgres/store.h"

#include "engine/postgres/codec.h"
#include "engine/postgres/dialect.h"
#include "engine/sql/statement.h"

namespace holdfast::postgres {
namespace {

constexpr std::size_t kPointConnections = 2;

// The server stops a statement a little before we give up its connection.
Milliseconds on_server(Milliseconds patience) {
  return patience - patience / 20;
}

PoolSettings settings(const Options& options, const std::string& schema, std::size_t size, std::size_t spares, Milliseconds patience) {
  PoolSettings settings;
  settings.size = size;
  settings.spares = spares;
  settings.terms = {on_server(patience), schema};
  settings.patience = patience;
  settings.connect_timeout = options.connect_timeout;
  settings.acquire_timeout = options.acquire_timeout;
  settings.idle_timeout = options.idle_timeout;
  settings.max_lifetime = options.max_lifetime;
  return settings;
}

std::int64_t wanted(const ListPlan& plan, const Listing& listing) {
  return plan.limit + 1 - static_cast<std::int64_t>(listing.records.size());
}

Result<void> append_records(const Answer& answer, const ListPlan& plan, std::span<const std::size_t> ordinals, Listing& listing) {
  for (int row = 0; row < answer.rows(); ++row) {
    Result<Record> record = read_record(answer, row, *plan.model, ordinals);
    if (!record) return record.error();
    const bool is_on_page = static_cast<std::int64_t>(listing.records.size()) < plan.limit;
    if (plan.by_rank && is_on_page) listing.last_rank = sql::rank_of(answer.bytes(row, static_cast<int>(ordinals.size()) + 1));
    listing.records.push_back(std::move(*record));
  }
  return {};
}

}  // namespace

PostgresStore::PostgresStore(const Options& options, std::size_t connections, const std::string& schema, const Catalog& catalog,
                             asio::io_context& loop, Shared& shared)
    : points_(std::make_shared<Pool>(loop, shared, settings(options, schema, kPointConnections, kPointConnections, options.point_timeout))),
      queries_(std::make_shared<Pool>(loop, shared, settings(options, schema, connections - kPointConnections, 1, options.query_timeout))),
      point_reads_(loop, *points_, *queries_, options.point_timeout),
      writer_(*queries_, catalog),
      ticker_(std::make_shared<Ticker>(loop, [this](Ticker::Time now) { return tick(now); })) {
  points_->start();
  queries_->start();
  ticker_->start();
}

PostgresStore::~PostgresStore() {
  ticker_->stop();
}

awaitable<Result<Record>> PostgresStore::find(const FindPlan& plan) {
  ticker_->hurry();
  return point_reads_.find(plan);
}

// The second range only when the page is not full.
awaitable<Result<Listing>> PostgresStore::list(const ListPlan& plan) {
  std::vector<sql::Statement> ranges = sql::list_statements(kDialect, plan);
  const std::vector<std::size_t> ordinals = sql::selected_ordinals(plan);
  std::vector<Query> queries{encode(ranges.front())};
  if (plan.count_exact) queries.push_back(encode(sql::count_statement(kDialect, *plan.model, plan.filter, plan.search)));
  Outcome<std::vector<Answer>> answers = co_await ask(queries);
  if (!answers) co_return answers.error().error;
  Listing listing;
  if (plan.count_exact) listing.total = read_integer((*answers)[1].bytes(0, 0));
  Result<void> appended = append_records(answers->front(), plan, ordinals, listing);
  if (appended && ranges.size() > 1 && wanted(plan, listing) > 0) {
    ranges[1].parameters.back().value = Value(wanted(plan, listing));
    queries.assign(1, encode(ranges[1]));
    answers = co_await ask(queries);
    if (!answers) co_return answers.error().error;
    appended = append_records(answers->front(), plan, ordinals, listing);
  }
  if (!appended) co_return appended.error();
  listing.has_more = wanted(plan, listing) <= 0;
  if (listing.has_more) listing.records.pop_back();
  co_return listing;
}

awaitable<Result<std::int64_t>> PostgresStore::count(const CountPlan& plan) {
  const Query query = encode(sql::count_statement(kDialect, *plan.model, plan.filter));
  const std::span<const Query> one(&query, 1);
  const Outcome<std::vector<Answer>> answers = co_await ask(one);
  if (!answers) co_return answers.error().error;
  co_return read_integer(answers->front().bytes(0, 0));
}

awaitable<Result<Written>> PostgresStore::write(WritePlan plan) {
  ticker_->hurry();
  return writer_.write(std::move(plan));
}

// Reads whose connection was lost are asked once more on another.
awaitable<Outcome<std::vector<Answer>>> PostgresStore::ask(std::span<const Query> queries) {
  ticker_->hurry();
  for (bool again = false;; again = true) {
    const Result<Lease> lease = co_await queries_->acquire();
    if (!lease) {
      Failure refused;
      refused.error = lease.error();
      co_return refused;
    }
    Outcome<std::vector<Answer>> answers = co_await (*lease)->run(queries, Scope::kWhole);
    const bool may_ask_again = !again && answers.has_error() && answers.error().lost && answers.error().error.code != Code::kQueryTimeout;
    if (!may_ask_again) co_return std::move(answers);
  }
}

bool PostgresStore::tick(Ticker::Time now) {
  points_->tick(now);
  queries_->tick(now);
  point_reads_.tick(now);
  return points_->is_busy() || queries_->is_busy();
}

}  // namespace holdfast::postgres
