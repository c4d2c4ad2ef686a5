#pragma once
// semantics.md §3 as code: which records a list answers, and in which order. Pure.

#include "engine/memory/collection.h"
#include "engine/store.h"

namespace holdfast::memory {

// `records` are all of the collection.
Listing page_of(const ListPlan& plan, const Records& records);

}  // namespace holdfast::memory
