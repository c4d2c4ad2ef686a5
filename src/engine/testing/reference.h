#pragma once
// semantics.md §2 and §3 as plain code over records in memory: what every engine's answers are compared with.

#include "query/plan.h"

namespace holdfast::testing {

bool matches(const Model& model, const Filter& filter, const Record& record);

// The page of the plan among `records`, with one more record when there are more.
std::vector<Record> page_of(const ListPlan& plan, const std::vector<Record>& records);

}  // namespace holdfast::testing
