#pragma once
// semantics.md §4 as code: whether a record is found, and how well. Pure; tokenises the record each time it is asked.

#include <optional>
#include <string>

#include "query/plan.h"

namespace holdfast::memory {

// The rank, as of ListPlan; nothing when the record is not found.
std::optional<std::string> rank_of(const Model& model, const SearchQuery& query, const Record& record);

}  // namespace holdfast::memory
