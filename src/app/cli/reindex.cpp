#include <algorithm>

#include <fmt/format.h>

#include <filesystem>
#include <ostream>
#include <vector>

#include "app/cli/commands.h"
#include "app/database.h"
#include "app/progress.h"
#include "app/project.h"
#include "base/nearest.h"
#include "model/json.h"

namespace holdfast::cli {
namespace {

constexpr std::string_view kAdvice = "Stop it, run `holdfast reindex` again, then start it.";

struct Outcome {
  const Model* model;
  Reindexed reindexed;
};

void require_database(const Config& config) {
  if (config.database_type != DatabaseType::kSqlite || std::filesystem::exists(config.database_file)) return;
  throw StartupError(kExitUnavailable,
                     fmt::format("there is no database at {}, so there is nothing to index.\n  `holdfast serve` makes it.",
                                 config.database_file.string()));
}

// What no model declares when there is nothing to mend.
std::string_view what_is_missing(const Config& config) {
  return config.database_type == DatabaseType::kMongodb ? "`search`, nor a unique key of several fields of which one may be null"
                                                        : "`search`";
}

// The named collection, or all that have something to mend.
std::vector<const Model*> chosen(const Config& config, const Catalog& catalog, const std::string& name) {
  std::vector<const Model*> models;
  std::vector<std::string_view> names;
  for (const Model& model : catalog.models()) {
    names.push_back(model.name);
    if (has_data_beside(config, model) && (name.empty() || model.name == name)) models.push_back(&model);
  }
  if (name.empty() || !models.empty()) return models;
  if (const Model* model = catalog.find(name)) {
    throw StartupError(kExitUsage, fmt::format("{} has no search data: {} declares no {}.", name, model->file, what_is_missing(config)));
  }
  throw StartupError(kExitUsage, fmt::format("there is no collection `{}`.{}", name, did_you_mean(name, names)));
}

Reindexed reindex(Engine& engine, const Model& model, const Terminal& terminal) {
  Progress progress(terminal.err, terminal.err_is_terminal, model.name);
  try {
    return engine.reindex(model, [&progress](std::int64_t done, std::int64_t of) { progress.update(done, of); });
  } catch (const std::runtime_error& failure) {
    throw StartupError(1, fmt::format("{} was not finished: {}\n  What was mended stays; run it again.", model.name, failure.what()));
  }
}

void print_clashes(std::ostream& out, const Model& model, const Reindexed& reindexed) {
  out << fmt::format("{}: {} records have a unique key that another record has, and do not keep it; change them, or remove them:\n",
                     model.name, reindexed.clashing);
  for (const KeyClash& clash : reindexed.clashes) out << fmt::format("  {} ({})\n", clash.id, clash.fields);
  if (reindexed.clashes.size() == kListedClashes) out << "  …\n";
}

void print_text(std::ostream& out, const Config& config, const std::vector<Outcome>& outcomes) {
  if (outcomes.empty()) out << fmt::format("No model declares {}; there is nothing to index.\n", what_is_missing(config));
  for (const auto& [model, reindexed] : outcomes) {
    out << fmt::format("{}: {} records, {} mended\n", model->name, reindexed.records, reindexed.mended);
    if (reindexed.unreadable != 0) {
      out << fmt::format(
          "{}: {} records were left alone, since a stored value is of another type than the model's; mend it in the database\n",
          model->name, reindexed.unreadable);
    }
    if (reindexed.clashing != 0) print_clashes(out, *model, reindexed);
  }
  out << std::flush;
}

void append_clashes(std::string& json, const Reindexed& reindexed) {
  json += fmt::format(R"(,"clashing":{},"clashes":[)", reindexed.clashing);
  for (const KeyClash& clash : reindexed.clashes) {
    json += json.back() == '[' ? R"({"id":)" : R"(,{"id":)";
    append_json_string(json, clash.id);
    json += R"(,"fields":)";
    append_json_string(json, clash.fields);
    json += '}';
  }
  json += ']';
}

void print_json(std::ostream& out, const std::vector<Outcome>& outcomes) {
  std::string json = R"({"collections":[)";
  for (const auto& [model, reindexed] : outcomes) {
    json += json.back() == '[' ? R"({"name":)" : R"(,{"name":)";
    append_json_string(json, model->name);
    json += fmt::format(R"(,"records":{},"mended":{},"unreadable":{})", reindexed.records, reindexed.mended, reindexed.unreadable);
    if (reindexed.clashing != 0) append_clashes(json, reindexed);
    json += '}';
  }
  out << json << "]}" << std::endl;
}

}  // namespace

int reindex_command(const Invocation& invocation, const Terminal& terminal) {
  require_project(invocation);
  const auto config = load_config(invocation.sources(terminal.environment));
  require_models(config);
  const Catalog catalog = load_catalog(config);
  const auto models = chosen(config, catalog, invocation.collection);
  std::vector<Outcome> outcomes;
  if (!models.empty()) {
    require_database(config);
    const SystemClock clock;
    const auto engine = open_database(config, catalog, clock, kAdvice);
    for (const Model* model : models) outcomes.push_back({model, reindex(*engine, *model, terminal)});
    engine->close();
  }
  if (invocation.json) {
    print_json(terminal.out, outcomes);
  } else {
    print_text(terminal.out, config, outcomes);
  }
  const bool is_all_right = std::all_of(outcomes.begin(), outcomes.end(), [](const Outcome& outcome) {
    return outcome.reindexed.unreadable == 0 && outcome.reindexed.clashing == 0;
  });
  return is_all_right ? 0 : 1;
}

}  // namespace holdfast::cli
