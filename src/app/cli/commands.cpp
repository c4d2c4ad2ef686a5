#include "app/cli/commands.h"

#include <fmt/format.h>

#include <filesystem>

#include "base/error.h"

namespace holdfast::cli {

ConfigSources Invocation::sources(const Environment& environment) const {
  return {project.empty() ? std::filesystem::path(".") : std::filesystem::path(project), environment, flags};
}

void require_project(const Invocation& invocation) {
  if (invocation.project.empty() || std::filesystem::is_directory(invocation.project)) return;
  const auto what = std::filesystem::exists(invocation.project) ? "is not a folder" : "does not exist";
  throw StartupError(kExitConfiguration, fmt::format("{} {}.\n  Name the folder that holds models/, or make it: mkdir -p {}/models",
                                                     invocation.project, what, invocation.project));
}

void require_models(const Config& config) {
  const auto& models = config.models.value;
  if (std::filesystem::is_directory(models)) return;
  throw StartupError(kExitConfiguration,
                     fmt::format("there is no folder of models at {}.\n"
                                 "  Go to your project's folder, name it with --project FOLDER, or begin one: a file {} (docs/models.md).",
                                 models.string(), (models / "items.yaml").string()));
}

}  // namespace holdfast::cli
