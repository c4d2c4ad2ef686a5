#pragma once
// Filters as SQL conditions. Pure.
//
// The condition is true exactly where the filter is (semantics.md §2); where the filter is false it is false or null, so it belongs into
// a WHERE. `not` turns null into true, as two-valued logic wants.

#include <string>

#include "engine/like_pattern.h"
#include "engine/sql/dialect.h"
#include "query/filter.h"

namespace holdfast::sql {

void append_condition(Statement& out, const Dialect& dialect, const Model& model, const Filter& filter);

using holdfast::literal_prefix;
using holdfast::successor;

}  // namespace holdfast::sql
