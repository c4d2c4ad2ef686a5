#pragma once
// semantics.md §2 as code: whether a record is one that a filter asks for. Pure.

#include "query/filter.h"

namespace holdfast::memory {

// Every value of the record that the filter names must be present.
bool matches(const Model& model, const Filter& filter, const Record& record);

}  // namespace holdfast::memory
