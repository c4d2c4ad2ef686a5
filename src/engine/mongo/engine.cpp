#include "engine/mongo/engine.h"

#include <fmt/format.h>

#include "base/log.h"
#include "engine/lanes.h"
#include "engine/mongo/connection.h"
#include "engine/mongo/gate.h"
#include "engine/mongo/heartbeat.h"
#include "engine/mongo/mend.h"
#include "engine/mongo/schema.h"
#include "engine/mongo/store.h"
#include "engine/mongo/topology.h"
#include "engine/mongo/writer.h"

namespace holdfast::mongo {
namespace {

using std::chrono::steady_clock;

// A lane answers some hundreds of commands a second; who would wait longer than `acquire_timeout` is told at once.
constexpr std::size_t kQueuePerLane = 256;

// Of a collection; those beyond it wait for the next look, or until they are met.
constexpr std::int64_t kSettledAtStart = 1'000;
constexpr std::int64_t kSettledAtOnce = 20;

std::vector<std::unique_ptr<Connection>> make_connections(const ConnectionSettings& settings, std::size_t count) {
  std::vector<std::unique_ptr<Connection>> connections;
  for (std::size_t lane = 0; lane < count; ++lane) connections.push_back(std::make_unique<Connection>(settings));
  return connections;
}

class MongoEngine final : public Engine {
 public:
  MongoEngine(const Options& options, const Catalog& catalog, const Clock& clock);

  std::string_view name() const noexcept override { return "mongodb"; }
  std::unique_ptr<Store> attach(asio::io_context& loop) override;
  const SecretKey& cursor_key() const noexcept override { return schema_.cursor_key; }
  void announce(std::string_view) override {}
  Health health() const override;
  std::optional<PoolStatistics> pool() const override;
  Reindexed reindex(const Model& model, const std::function<void(std::int64_t, std::int64_t)>& progress) override;
  void close() override;

 private:
  PreparedSchema prepare(const Catalog& catalog);
  void look_for_removals();
  bool settle_removals(std::size_t lane);

  const Driver driver_;
  const Options options_;
  PoolCounters counters_;
  Gate gate_;
  ConnectionSettings settings_;
  PreparedSchema schema_;
  Writer writer_;
  std::vector<std::unique_ptr<Connection>> connections_;  // one for each lane
  Lanes lanes_;
  std::optional<Heartbeat> heartbeat_;  // until close()
  std::atomic<bool> is_closing_{false};
};

MongoEngine::MongoEngine(const Options& options, const Catalog& catalog, const Clock& clock)
    : options_(options),
      settings_(read_uri(options)),
      schema_(prepare(catalog)),
      writer_(catalog, clock, schema_.keys),
      connections_(make_connections(settings_, options.pool_size)),
      lanes_(options.pool_size, options.pool_size * kQueuePerLane, std::chrono::milliseconds(options.acquire_timeout),
             Lanes::Priority::kNormal) {
  Connection connection(settings_);
  if (!writer_.settle_removals(connection, kSettledAtStart)) writer_.removal_watch().note_unfinished(steady_clock::now());
  heartbeat_.emplace(settings_, gate_, Heartbeat::Pauses{}, [this] { look_for_removals(); });
}

// In a lane: a removal may take longer than the heart may wait.
void MongoEngine::look_for_removals() {
  if (!writer_.removal_watch().is_time(steady_clock::now())) return;
  lanes_.submit([this](std::size_t lane) {
    const bool is_done = lane != Lanes::kRefused && settle_removals(lane);
    if (!is_done) writer_.removal_watch().note_unfinished(steady_clock::now());
  });
}

bool MongoEngine::settle_removals(std::size_t lane) {
  if (!gate_.enter()) return false;
  ++counters_.in_use;
  Connection& connection = *connections_[lane];
  connection.begin_work();
  bool is_done = false;
  try {
    is_done = writer_.settle_removals(connection, kSettledAtOnce, &is_closing_);
  } catch (const std::exception& thrown) {
    log(LogLevel::kError, "the look for removals that were left unfinished ended in an exception", {{"what", thrown.what()}});
  }
  --counters_.in_use;
  gate_.leave(is_done || !connection.has_met_nobody());
  return is_done;
}

Reindexed mend_owing(Connection& connection, const std::string& shown, const OwingModel& owing) {
  const std::string& collection = owing.model->name;
  log(LogLevel::kInfo, "search data and keys of a collection are made", {{"collection", collection}});
  try {
    Reindexed mended = mend(connection, *owing.model, [](std::int64_t, std::int64_t) {});
    log(LogLevel::kInfo, "search data and keys of a collection were made",
        {{"collection", collection}, {"records", fmt::format("{}", mended.records), true}});
    if (mended.clashing == 0) return mended;
    log(LogLevel::kWarn, "records break a unique key; `holdfast reindex` names them",
        {{"collection", collection}, {"records", fmt::format("{}", mended.clashing), true}});
    return mended;
  } catch (const std::runtime_error& failure) {
    throw StartupError(kExitUnavailable, fmt::format("{}: search data and keys cannot be made: {}.", shown, failure.what()));
  }
}

PreparedSchema MongoEngine::prepare(const Catalog& catalog) {
  settings_.counters = &counters_;
  const std::string shown = shown_address(settings_);
  follow_replica_set(settings_);
  Topology topology;
  {
    Connection connection(settings_);
    topology = find_topology(connection, shown);
  }
  // Of what we send the driver repeats findAndModify only, and that on no standalone server, nor where the URI forbids it. Other writes,
  // and reads, we ask again ourselves.
  const bool may_retry = mongoc_uri_get_option_as_bool(settings_.uri.get(), MONGOC_URI_RETRYWRITES, true);
  mongoc_uri_set_option_as_bool(settings_.uri.get(), MONGOC_URI_RETRYWRITES, topology.is_replicated && may_retry);
  log(LogLevel::kInfo, "MongoDB answers", {{"at", shown}, {"version", topology.version}, {"topology", topology.description}});
  const ConnectionSettings patient_settings = patient(settings_);
  Connection connection(settings_), patient_connection(patient_settings);
  PreparedSchema schema = prepare_schema({connection, patient_connection}, shown, catalog);
  for (const OwingModel& owing : schema.to_mend) {
    const Reindexed mended = mend_owing(patient_connection, shown, owing);
    if (mended.clashing != 0 && owing.has_new_keys) {
      drop_made_indexes(patient_connection, schema);
      refuse_clashes(shown, schema, *owing.model, mended);
    }
    note_mended(patient_connection, owing);
  }
  return schema;
}

std::unique_ptr<Store> MongoEngine::attach(asio::io_context& loop) {
  const Shared shared{
      writer_, lanes_, connections_, counters_, gate_, options_.point_timeout, options_.query_timeout, options_.acquire_timeout};
  return std::make_unique<MongoStore>(loop, shared);
}

Health MongoEngine::health() const {
  if (gate_.is_reachable()) return {};
  return {false, "MongoDB cannot be reached; writes and reads go on as soon as it can."};
}

std::optional<PoolStatistics> MongoEngine::pool() const {
  PoolStatistics statistics;
  statistics.size = static_cast<std::int64_t>(options_.pool_size);
  statistics.in_use = counters_.in_use;
  statistics.idle = std::max<std::int64_t>(0, counters_.open - statistics.in_use);
  statistics.waiting = counters_.waiting;
  statistics.created = counters_.created;
  statistics.failed = counters_.failed;
  return statistics;
}

Reindexed MongoEngine::reindex(const Model& model, const std::function<void(std::int64_t, std::int64_t)>& progress) {
  const ConnectionSettings patient_settings = patient(settings_);
  Connection connection(patient_settings);
  Reindexed mended = mend(connection, model, progress);
  note_mended(connection, model);
  return mended;
}

void MongoEngine::close() {
  is_closing_ = true;
  heartbeat_.reset();
  lanes_.close();
}

}  // namespace

std::unique_ptr<Engine> open(const Options& options, const Catalog& catalog, const Clock& clock) {
  return std::make_unique<MongoEngine>(options, catalog, clock);
}

}  // namespace holdfast::mongo
