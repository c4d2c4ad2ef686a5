#pragma once
// Filters as SQL conditions. Pure.
//
// The condition is true exactly where the filter is (semantics.md §2); where the filter is false it is false or null, so it belongs into
// a WHERE. `not` turns null into true, as two-valued logic wants.

#include <string>

#include "engine/sql/dialect.h"
#include "query/filter.h"

namespace holdfast::sql {

void append_condition(Statement& out, const Dialect& dialect, const Model& model, const Filter& filter);

// The least string above every string that starts with `prefix`, by code point; empty: there is none.
std::string successor(std::string_view prefix);

// What a `like` pattern starts with before its first wildcard, unescaped.
std::string literal_prefix(std::string_view pattern);

}  // namespace holdfast::sql
