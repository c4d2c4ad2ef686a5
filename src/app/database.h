#pragma once
// Opens the project's database, or looks at it from outside. The one place that names concrete engines.

#include <memory>
#include <string_view>

#include "app/config.h"
#include "base/clock.h"
#include "engine/engine.h"
#include "engine/inspection.h"
#include "engine/mongo/engine.h"
#include "engine/postgres/engine.h"
#include "engine/sqlite/engine.h"
#include "model/model.h"

namespace holdfast {

// What each engine is given when it is the configuration's.
sqlite::Options sqlite_options(const Config& config);
postgres::Options postgres_options(const Config& config);
mongo::Options mongo_options(const Config& config);

// `catalog` and `clock` must outlive the engine. StartupError (69, 78) when it cannot be opened; when a server holds it, the message ends
// with `advice`: what to do about it (empty: what a second server would do).
std::unique_ptr<Engine> open_database(const Config& config, const Catalog& catalog, const Clock& clock, std::string_view advice = {});

// What `reindex` mends is kept for this model: search data, and on MongoDB compound keys.
bool has_data_beside(const Config& config, const Model& model) noexcept;

// For `doctor`: works also when open_database() would not. Blocking. `catalog` empty: what depends on the models is not looked at.
Inspection inspect_database(const Config& config, const Catalog& catalog);
// Every record of every collection, and every reference. Blocking, for as long as reading all takes. StartupError when they cannot be read.
std::vector<ScannedCollection> scan_database(const Config& config, const Catalog& catalog, const ScanProgress& progress);
std::vector<DanglingReference> dangling_references(const Config& config, const Catalog& catalog);

// What libraries of engines do to a process before main() and should not leave behind. Once, at the start.
void tidy_after_libraries() noexcept;

}  // namespace holdfast
