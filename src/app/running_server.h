#pragma once
// Asks the server that may hold our port how it stands, over HTTP. Blocking; a second at most.

#include <optional>
#include <string>

#include "app/config.h"
#include "base/health.h"

namespace holdfast {

// What /health/ready says. Nothing: no holdfast answers there, or it does not take our key.
std::optional<Health> ask_running_server(const Config& config);

// The answer taken apart: the whole of it, head and body. Pure.
std::optional<Health> read_readiness(const std::string& answer);

}  // namespace holdfast
