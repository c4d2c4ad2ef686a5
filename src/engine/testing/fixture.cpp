#include "engine/testing/fixture.h"

#include <stdlib.h>

#include <catch2/catch.hpp>

#include "model/loader.h"

namespace holdfast::testing {

TemporaryFolder::TemporaryFolder(const std::filesystem::path& parent) {
  std::string name = (parent / "holdfast-engine-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder can be made");
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Catalog catalog_of(const std::vector<std::pair<std::string, std::string>>& models) {
  LoadedModels loaded = load_model_texts(models);
  for (const ModelFault& fault : loaded.faults) FAIL(fault.text());
  return Catalog(std::move(loaded.models));
}

WritePlan create_plan(const Model& model, Value id, std::vector<std::pair<std::string, Value>> values, Milliseconds now) {
  WritePlan plan;
  plan.model = &model;
  plan.now = now;
  for (const Field& field : model.fields) plan.values.push_back(field.default_value.is_absent() ? Value(Null{}) : field.default_value);
  plan.values[0] = Value();
  plan.id = std::move(id);
  if (model.timestamps) plan.values[model.created_at()] = plan.values[model.updated_at()] = Value();
  for (auto& [name, value] : values) plan.values[model.ordinal(name).value()] = std::move(value);
  return plan;
}

Value text(std::string value) {
  return Value(std::move(value));
}
Value integer(std::int64_t value) {
  return Value(value);
}

Value texts(std::vector<std::string> values) {
  Value::Array array;
  for (std::string& value : values) array.emplace_back(std::move(value));
  return Value(std::move(array));
}

}  // namespace holdfast::testing
