#include "app/database.h"

#include <algorithm>
#include <filesystem>
#include <thread>

#include "engine/mongo/engine.h"
#include "engine/mongo/inspection.h"
#include "engine/mongo/scan.h"
#include "engine/postgres/engine.h"
#include "engine/postgres/inspection.h"
#include "engine/postgres/scan.h"
#include "engine/sqlite/engine.h"
#include "engine/sqlite/inspection.h"
#include "engine/sqlite/scan.h"

namespace holdfast {

sqlite::Options sqlite_options(const Config& config) {
  sqlite::Options options;
  options.file = config.database_file;
  options.loops = static_cast<std::size_t>(config.loops());
  options.lanes = std::max<std::size_t>(1, std::thread::hardware_concurrency() / 2);
  options.query_timeout = config.query_timeout;
  return options;
}

postgres::Options postgres_options(const Config& config) {
  postgres::Options options;
  options.url = config.server_url;
  options.loops = static_cast<std::size_t>(config.loops());
  options.pool_size = static_cast<std::size_t>(config.pool_size.value);
  options.point_timeout = config.point_timeout;
  options.query_timeout = config.query_timeout;
  options.connect_timeout = config.connect_timeout;
  options.acquire_timeout = config.acquire_timeout;
  options.health_check = config.health_check;
  options.idle_timeout = config.pool_idle_timeout;
  options.max_lifetime = config.max_lifetime;
  return options;
}

mongo::Options mongo_options(const Config& config) {
  mongo::Options options;
  options.uri = config.server_url;
  options.pool_size = static_cast<std::size_t>(config.pool_size.value);
  options.point_timeout = config.point_timeout;
  options.query_timeout = config.query_timeout;
  options.connect_timeout = config.connect_timeout;
  options.acquire_timeout = config.acquire_timeout;
  return options;
}

std::unique_ptr<Engine> open_database(const Config& config, const Catalog& catalog, const Clock& clock, std::string_view advice) {
  switch (config.database_type.value) {
    case DatabaseType::kPostgres:
      return postgres::open(postgres_options(config), catalog, clock);
    case DatabaseType::kMongodb:
      return mongo::open(mongo_options(config), catalog, clock);
    case DatabaseType::kSqlite:
      break;
  }
  auto options = sqlite_options(config);
  if (!advice.empty()) options.advice_when_held = advice;
  return sqlite::open(options, catalog, clock);
}

bool has_data_beside(const Config& config, const Model& model) noexcept {
  return config.database_type == DatabaseType::kMongodb ? mongo::has_data_beside(model) : model.search.has_value();
}

Inspection inspect_database(const Config& config, const Catalog& catalog) {
  switch (config.database_type.value) {
    case DatabaseType::kPostgres:
      return postgres::inspect(postgres_options(config), catalog);
    case DatabaseType::kMongodb:
      return mongo::inspect(mongo_options(config));
    case DatabaseType::kSqlite:
      break;
  }
  return sqlite::inspect(config.database_file, catalog);
}

std::vector<ScannedCollection> scan_database(const Config& config, const Catalog& catalog, const ScanProgress& progress) {
  if (config.database_type == DatabaseType::kPostgres) return postgres::scan(postgres_options(config), catalog, progress);
  if (config.database_type == DatabaseType::kMongodb) return mongo::scan(mongo_options(config), catalog, progress);
  if (!std::filesystem::exists(config.database_file)) return {};
  return sqlite::scan(config.database_file, catalog, progress);
}

std::vector<DanglingReference> dangling_references(const Config& config, const Catalog& catalog) {
  if (config.database_type == DatabaseType::kPostgres) return postgres::dangling(postgres_options(config), catalog);
  if (config.database_type == DatabaseType::kMongodb) return mongo::dangling(mongo_options(config), catalog);
  if (!std::filesystem::exists(config.database_file)) return {};
  return sqlite::dangling(config.database_file, catalog);
}

void tidy_after_libraries() noexcept {
  mongo::unlink_counters();
}

}  // namespace holdfast
