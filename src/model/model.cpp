#include "model/model.h"

#include <algorithm>
#include <stdexcept>

namespace holdfast {

std::optional<std::size_t> Model::ordinal(std::string_view field_name) const {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].name == field_name) return i;
  }
  return std::nullopt;
}

std::optional<std::size_t> Model::queryable(std::string_view path) const {
  if (const auto found = ordinal(path)) return fields[*found].write_only ? std::nullopt : found;
  for (std::size_t i = 0; i < nested.size(); ++i) {
    if (nested[i].field.name == path && !fields[nested[i].path.front()].write_only) return fields.size() + i;
  }
  return std::nullopt;
}

Value Model::value_of(const Record& record, std::size_t ordinal) const {
  if (ordinal < fields.size()) return record.values[ordinal];
  const std::vector<std::size_t>& path = nested[ordinal - fields.size()].path;
  const Value* value = &record.values[path.front()];
  for (std::size_t step = 1; step < path.size(); ++step) {
    if (value->is_null() || value->is_absent()) return *value;
    value = &value->array()[path[step]];
  }
  return *value;
}

namespace {

void flatten_members(std::vector<NestedField>& nested, const Field& object, const std::vector<std::size_t>& path) {
  for (std::size_t i = 0; i < object.properties.size(); ++i) {
    NestedField member{object.properties[i], path};
    member.field.name = object.name + "." + member.field.name;
    member.field.column = object.column;
    member.field.admits_null = member.field.admits_null || object.admits_null;
    member.path.push_back(i);
    nested.push_back(member);
    if (member.field.kind == Kind::kObject) flatten_members(nested, member.field, member.path);
  }
}

}  // namespace

void Model::flatten() {
  nested.clear();
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].kind == Kind::kObject) flatten_members(nested, fields[i], {i});
  }
}

Catalog::Catalog(std::vector<Model> models) : models_(std::move(models)) {
  std::sort(models_.begin(), models_.end(), [](const Model& a, const Model& b) { return a.name < b.name; });
  const auto twin = std::adjacent_find(models_.begin(), models_.end(), [](const Model& a, const Model& b) { return a.name == b.name; });
  if (twin != models_.end()) throw std::invalid_argument("two models are called " + twin->name);
  for (const Model& model : models_) {
    for (std::size_t field = 0; field < model.fields.size(); ++field) {
      if (!model.fields[field].is_reference()) continue;
      const Model* target = find(model.fields[field].ref);
      if (target == nullptr) throw std::invalid_argument(model.name + " refers to " + model.fields[field].ref + ", which is no model");
      references_.push_back({&model, field, target});
    }
  }
}

const Model* Catalog::find(std::string_view name) const noexcept {
  const auto found = std::lower_bound(models_.begin(), models_.end(), name,
                                      [](const Model& model, std::string_view wanted) { return model.name < wanted; });
  return found != models_.end() && found->name == name ? &*found : nullptr;
}

}  // namespace holdfast
