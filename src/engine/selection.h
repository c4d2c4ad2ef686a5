#pragma once
// Which fields of a record are fetched. Pure.

#include <vector>

#include "query/plan.h"

namespace holdfast {

std::vector<std::size_t> all_ordinals(const Model& model);
// Those of the projection and of the sort (for a nested key, the field that it lies in), ascending.
std::vector<std::size_t> selected_ordinals(const ListPlan& plan);

}  // namespace holdfast
