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

Catalog::Catalog(std::vector<Model> models) : models_(std::move(models)) {
  std::sort(models_.begin(), models_.end(), [](const Model& a, const Model& b) { return a.name < b.name; });
  const auto twin = std::adjacent_find(models_.begin(), models_.end(), [](const Model& a, const Model& b) { return a.name == b.name; });
  if (twin != models_.end()) throw std::invalid_argument("two models are called " + twin->name);
}

const Model* Catalog::find(std::string_view name) const noexcept {
  const auto found = std::lower_bound(models_.begin(), models_.end(), name,
                                      [](const Model& model, std::string_view wanted) { return model.name < wanted; });
  return found != models_.end() && found->name == name ? &*found : nullptr;
}

}  // namespace holdfast
