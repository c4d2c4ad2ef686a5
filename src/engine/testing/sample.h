#pragma once
// The models, records, filters and sorts that the store contract tries: every kind, every operator, every place for null.

#include <string>
#include <vector>

#include "engine/testing/characters.h"
#include "query/plan.h"

namespace holdfast::testing {

// `things` (text ids, a field of every kind, arrays indexed and not) and `counters` (integer ids).
Catalog sample_catalog();

std::vector<WritePlan> sample_records(const Model& things, Characters characters = Characters::kAll);
std::vector<Filter> sample_filters(const Model& things, Characters characters = Characters::kAll);
std::vector<std::vector<SortKey>> sample_sorts(const Model& things);

std::vector<Value> ids_of(const std::vector<Record>& records);

// For the message of a failed assertion.
std::string describe(const Model& model, const Filter& filter);
std::string describe(const Model& model, const std::vector<SortKey>& sort);

}  // namespace holdfast::testing
