#include "app/database.h"

#include <algorithm>
#include <thread>

#include "engine/sqlite/engine.h"

namespace holdfast {

std::unique_ptr<Engine> open_database(const Config& config, const Catalog& catalog, const Clock& clock, std::string_view advice) {
  sqlite::Options options;
  options.file = config.database_file;
  if (!advice.empty()) options.advice_when_held = advice;
  options.loops = static_cast<std::size_t>(config.threads.value);
  options.lanes = std::max<std::size_t>(1, std::thread::hardware_concurrency() / 2);
  options.query_timeout = config.query_timeout;
  return sqlite::open(options, catalog, clock);
}

}  // namespace holdfast
