#pragma once
// Opens the project's database. The one place that names concrete engines.

#include <memory>
#include <string_view>

#include "app/config.h"
#include "base/clock.h"
#include "engine/engine.h"
#include "model/model.h"

namespace holdfast {

// `catalog` and `clock` must outlive the engine. StartupError (69, 78) when it cannot be opened; when a server holds it, the message ends
// with `advice`: what to do about it (empty: what a second server would do).
std::unique_ptr<Engine> open_database(const Config& config, const Catalog& catalog, const Clock& clock, std::string_view advice = {});

}  // namespace holdfast
