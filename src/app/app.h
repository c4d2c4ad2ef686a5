#pragma once
// The running server: wires loops, engine, API and listener by constructor.

#include "app/config.h"

namespace holdfast {

struct ServeOptions {
  bool seed = false;  // fill empty collections from the project's seeds/
};

// Serves until SIGTERM or SIGINT, then drains; 0. A second one ends the process at once (app/watch.h). Throws StartupError when it cannot
// start.
int serve(const Config& config, ServeOptions options);

}  // namespace holdfast
