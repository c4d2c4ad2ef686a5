#include "app/app.h"
#include "app/cli/commands.h"

namespace holdfast::cli {

int serve_command(const Invocation& invocation, const Terminal& terminal) {
  require_project(invocation);
  const auto config = load_config(invocation.sources(terminal.environment));
  require_models(config);
  return serve(config, {invocation.seed});
}

}  // namespace holdfast::cli
