#include "engine/postgres/engine.h"

#include <fmt/format.h>

#include "base/log.h"
#include "engine/postgres/error.h"
#include "engine/postgres/schema.h"
#include "engine/postgres/search_table.h"
#include "engine/postgres/store.h"

namespace holdfast::postgres {
namespace {

constexpr std::size_t kLeastConnections = 3;          // of a loop: two for reads by id, one for everything else
constexpr std::size_t kLaneQueueLimit = 256;          // connections to make: never more than the pool is large
constexpr std::chrono::seconds kLongestLaneWait{60};  // nobody waits for a lane: requests have deadlines of their own
constexpr std::size_t kLanesOfLoop = 4;               // two pools, and while the server does not answer two attempts of each hang

// What blocks, while nobody is served: no statement is too long.
Terms blocking_terms(const Address& address) {
  return {0, address.schema};
}

struct DirectConnection {
  DirectSession session;
  std::string terms;  // what each transaction starts with; empty: the session has them
  bool pooled;
};

DirectConnection connect(const Address& address, const Options& options, const std::atomic<bool>& stopped) {
  const Terms terms = blocking_terms(address);
  Outcome<Dialled> dialled = dial(address, terms, options.connect_timeout, stopped);
  if (!dialled) throw_startup_error(dialled.error(), address);
  const bool pooled = dialled->pooled;
  return {DirectSession(std::move(dialled->connection)), pooled ? terms_text(terms, true) : std::string(), pooled};
}

void check(const Options& options) {
  if (options.pool_size >= kLeastConnections * options.loops) return;
  throw StartupError(kExitConfiguration,
                     fmt::format("HOLDFAST_POOL_SIZE is {}, but {} loops need {} connections. Raise it, or lower HOLDFAST_THREADS.",
                                 options.pool_size, options.loops, kLeastConnections * options.loops));
}

class PostgresEngine final : public Engine {
 public:
  PostgresEngine(const Options& options, Address address, const Catalog& catalog);
  ~PostgresEngine() override { PostgresEngine::close(); }

  std::string_view name() const noexcept override { return "postgres"; }
  std::unique_ptr<Store> attach(asio::io_context& loop) override;
  const SecretKey& cursor_key() const noexcept override { return cursor_key_; }
  void announce(std::string_view) override {}
  Health health() const override;
  std::optional<PoolStatistics> pool() const override { return counters_.read(); }
  Reindexed reindex(const Model& model, const std::function<void(std::int64_t, std::int64_t)>& progress) override;
  void close() override;

 private:
  SecretKey prepare() const;

  const Options options_;
  const Address address_;
  const Catalog& catalog_;
  std::atomic<bool> stopped_{false};
  SecretKey cursor_key_;
  PoolCounters counters_;
  Lanes lanes_;
  Shared shared_;
};

PostgresEngine::PostgresEngine(const Options& options, Address address, const Catalog& catalog)
    : options_(options),
      address_(std::move(address)),
      catalog_(catalog),
      cursor_key_(prepare()),
      lanes_(kLanesOfLoop * options.loops, kLaneQueueLimit, kLongestLaneWait, Lanes::Priority::kNormal),
      shared_{address_, lanes_, stopped_, counters_} {}

SecretKey PostgresEngine::prepare() const {
  DirectConnection connection = connect(address_, options_, stopped_);
  if (connection.pooled) {
    log(LogLevel::kInfo, "a transaction pooler is in front of the database: nothing is prepared or set beyond a transaction",
        {{"server", address_.place()}});
  }
  return prepare_schema(connection.session, catalog_, connection.terms);
}

std::unique_ptr<Store> PostgresEngine::attach(asio::io_context& loop) {
  return std::make_unique<PostgresStore>(options_, options_.pool_size / options_.loops, address_.schema, catalog_, loop, shared_);
}

Health PostgresEngine::health() const {
  const std::int64_t unreachable = counters_.unreachable.load(std::memory_order_relaxed);
  if (unreachable == 0) return {};
  const bool all = unreachable >= counters_.pools.load(std::memory_order_relaxed);
  return {!all, all ? "The database cannot be reached; it is tried again and again."
                    : "Some connections to the database cannot be made; requests that need them are refused."};
}

Reindexed PostgresEngine::reindex(const Model& model, const std::function<void(std::int64_t, std::int64_t)>& progress) {
  DirectConnection connection = connect(address_, options_, stopped_);
  return mend_search(connection.session, model, connection.terms, progress);
}

void PostgresEngine::close() {
  stopped_ = true;
  lanes_.close();
}

}  // namespace

std::unique_ptr<Engine> open(const Options& options, const Catalog& catalog, const Clock&) {
  check(options);
  return std::make_unique<PostgresEngine>(options, read_address(options.url), catalog);
}

}  // namespace holdfast::postgres
