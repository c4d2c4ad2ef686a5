#include "engine/selection.h"

#include <algorithm>

namespace holdfast {

std::vector<std::size_t> all_ordinals(const Model& model) {
  std::vector<std::size_t> ordinals(model.fields.size());
  for (std::size_t i = 0; i < ordinals.size(); ++i) ordinals[i] = i;
  return ordinals;
}

std::vector<std::size_t> selected_ordinals(const ListPlan& plan) {
  if (!plan.fields) return all_ordinals(*plan.model);
  std::vector<std::size_t> ordinals = *plan.fields;
  for (const SortKey& key : plan.sort) ordinals.push_back(plan.model->holder(key.field));
  std::sort(ordinals.begin(), ordinals.end());
  ordinals.erase(std::unique(ordinals.begin(), ordinals.end()), ordinals.end());
  return ordinals;
}

}  // namespace holdfast
