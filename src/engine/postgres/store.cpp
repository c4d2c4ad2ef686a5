#include "engine/postgres/store.h"

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
  settings.health_check = options.health_check;
  settings.idle_timeout = options.idle_timeout;
  settings.max_lifetime = options.max_lifetime;
  return settings;
}

}  // namespace

PostgresStore::PostgresStore(const Options& options, std::size_t connections, const std::string& schema, const Catalog& catalog,
                             asio::io_context& loop, Shared& shared)
    : points_(std::make_shared<Pool>(loop, shared, settings(options, schema, kPointConnections, kPointConnections, options.point_timeout))),
      queries_(std::make_shared<Pool>(loop, shared, settings(options, schema, connections - kPointConnections, 1, options.query_timeout))),
      point_reads_(loop, *points_, *queries_, options.point_timeout),
      list_reads_(loop, *queries_, options.query_timeout),
      writer_(loop, *queries_, catalog, options.acquire_timeout),
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

awaitable<Result<Listing>> PostgresStore::list(const ListPlan& plan) {
  ticker_->hurry();
  return list_reads_.list(plan);
}

awaitable<Result<std::int64_t>> PostgresStore::count(const CountPlan& plan) {
  ticker_->hurry();
  return list_reads_.count(plan);
}

awaitable<Result<Written>> PostgresStore::write(WritePlan plan) {
  ticker_->hurry();
  return writer_.write(std::move(plan));
}

bool PostgresStore::tick(Ticker::Time now) {
  points_->tick(now);
  queries_->tick(now);
  point_reads_.tick(now);
  list_reads_.tick(now);
  writer_.tick(now);
  return points_->is_busy() || queries_->is_busy();
}

}  // namespace holdfast::postgres
