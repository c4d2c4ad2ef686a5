#pragma once
// semantics.md §3 as code: which records a list answers, and in which order. Pure.

#include <vector>

#include "engine/store.h"

namespace holdfast::memory {

// `records` are all of the collection, in any order.
Listing page_of(const ListPlan& plan, const std::vector<Record>& records);

}  // namespace holdfast::memory
