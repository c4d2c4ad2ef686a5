// A model file. Besides not crashing: every fault has a place in the file and a message, and a model without a fault can be used.

#include <algorithm>
#include <string>

#include "fuzz.h"
#include "model/json.h"
#include "model/loader.h"
#include "model/record_json.h"
#include "model/validator.h"
#include "query/planner.h"

namespace holdfast::fuzz {
namespace {

void use(std::vector<Model> models) {
  const Catalog catalog(std::move(models));
  SecretKey key;
  key.fill(5);
  const Planner planner(catalog, key);
  for (const FinderFault& fault : planner.faults()) require(!fault.message.empty(), "a fault of a finder has a message");
  const Model& model = catalog.models().front();
  require(planner.list(model, {}).has_value(), "every collection can be listed");
  static const Result<Json> empty = parse_json("{}", 4);
  const Draft draft = validate(model, *empty, BodyMode::kCreate);
  std::string text;
  for (std::size_t i = 1; i < draft.values.size() && draft.errors.empty(); ++i) {
    if (!draft.values[i].is_absent()) append_json_value(text, model.fields[i], draft.values[i]);
  }
}

}  // namespace

void run(std::string_view input) {
  const std::string text(input);
  LoadedModels loaded = load_model_text("things", text);
  const auto lines = 1 + std::count(text.begin(), text.end(), '\n') + std::count(text.begin(), text.end(), '\r');
  for (const ModelFault& fault : loaded.faults) {
    require(!fault.message.empty(), "a fault has a message");
    require(fault.mark.line >= 1 && fault.mark.line <= lines + 1 && fault.mark.column >= 1, "a fault has a place in the file");
  }
  if (!loaded.faults.empty()) return;
  require(loaded.models.size() == 1, "a file without faults is a model");
  use(std::move(loaded.models));
}

}  // namespace holdfast::fuzz
