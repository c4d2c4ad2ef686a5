#include "engine/testing/scenario_generator.h"

#include <algorithm>
#include <stdexcept>

#include "engine/testing/random_model.h"
#include "engine/testing/random_read.h"
#include "engine/testing/random_write.h"
#include "model/loader.h"

namespace holdfast::testing {
namespace {

Catalog catalog_of(const std::vector<ModelText>& models) {
  std::vector<std::pair<std::string, std::string>> files;
  for (const ModelText& model : models) files.emplace_back(model.name, model.yaml());
  LoadedModels loaded = load_model_texts(files);
  if (loaded.faults.empty()) return Catalog(std::move(loaded.models));
  std::string text = loaded.faults.front().text();
  for (const auto& [name, yaml] : files) text += "\n" + name + ":\n" + yaml;
  throw std::logic_error(text);
}

// Looks at what a removal may have reached.
Step everything_of(const Model& model) {
  Step step;
  step.collection = model.name;
  step.parameters = {{"limit", "200"}, {"count", "exact"}};
  return step;
}

}  // namespace

Scenario random_scenario(std::uint64_t seed, Characters characters) {
  Random random(seed, characters);
  Scenario scenario;
  scenario.models = random_models(random);
  const Catalog catalog = catalog_of(scenario.models);
  const ValuePool pool(random, catalog);
  WriteMaker writes(random, catalog, pool);
  ReadMaker reads(random, pool);
  std::vector<Step>& steps = scenario.steps;
  const auto any_model = [&]() -> const Model& { return random.pick(catalog.models()); };
  for (std::size_t rows = random.between(3, 20 + 20 * catalog.models().size()); rows > 0; --rows) {
    steps.push_back(writes.create(any_model()));
  }
  for (std::size_t count = random.between(40, 120); count > 0; --count) {
    const std::size_t choice = random.below(100);
    const Model& model = any_model();
    steps.push_back(choice < 12 ? writes.create(model) : choice < 35 ? writes.change(model) : reads.read(model));
    if (steps.back().kind != Step::Kind::kRemove) continue;
    for (const Reference& reference : catalog.references()) {
      if (reference.target == &model && random.chance(30)) steps.push_back(everything_of(*reference.model));
    }
  }
  for (const Model& model : catalog.models()) steps.push_back(everything_of(model));
  return scenario;
}

}  // namespace holdfast::testing
