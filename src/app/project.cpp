#include "app/project.h"

#include <algorithm>

#include "query/planner.h"
#include "seed/seed_file.h"

namespace holdfast {
namespace {

std::size_t declared_fields(const Model& model) {
  const auto is_declared = [](const Field& field) { return field.role == Role::kProperty; };
  return static_cast<std::size_t>(std::count_if(model.fields.begin(), model.fields.end(), is_declared));
}

void check_finders(const Catalog& catalog, std::vector<ModelFault>& faults) {
  const Planner planner(catalog, SecretKey{});
  for (const auto& fault : planner.faults()) faults.push_back({fault.model->file, fault.mark, fault.message});
}

}  // namespace

std::size_t ProjectFiles::field_count() const noexcept {
  std::size_t count = 0;
  for (const auto& model : models) count += declared_fields(model);
  return count;
}

ProjectFiles read_project(const Config& config) {
  const Schemas schemas = config.database_type.value == DatabaseType::kPostgres ? Schemas::kKept : Schemas::kUnknown;
  auto loaded = load_models(config.models, config.models.value.string(), schemas);
  ProjectFiles project{std::move(loaded.models), std::move(loaded.faults)};
  if (!project.faults.empty()) return project;
  const Catalog catalog(project.models);
  check_finders(catalog, project.faults);
  return project;
}

Catalog load_catalog(const Config& config) {
  ProjectFiles project = read_project(config);
  if (!project.faults.empty()) {
    std::string message = "the project has faults; nothing was started:";
    for (const ModelFault& fault : project.faults) message += "\n" + fault.text();
    throw StartupError(kExitConfiguration, message);
  }
  return Catalog(std::move(project.models));
}

void read_seeds(const Config& config, ProjectFiles& project) {
  if (!project.faults.empty()) return;
  const Catalog catalog(project.models);
  auto seeds = load_seeds(catalog, config.seeds(), config.seeds().string());
  for (const auto& file : seeds.files) project.seed_records += file.records.size();
  project.faults = std::move(seeds.faults);
}

}  // namespace holdfast
