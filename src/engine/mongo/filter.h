#pragma once
// Filters as queries (semantics.md §2). Pure.
//
// MongoDB's logic has two values as ours has: a comparison with what is missing or null is false, and $ne, $nin and $nor are true of it.
// A value that others wrote in another type compares as MongoDB likes: a record that holds one is stored_value_invalid when it is read.

#include "engine/mongo/handles.h"
#include "query/filter.h"

namespace holdfast::mongo {

// Appends members to `query`: none when the filter is always true.
void append_filter(bson_t& query, const Model& model, const Filter& filter);

// A `like` pattern as a regular expression, to be read with the option `s`: each run of `%` but the last takes as little as it can and
// gives nothing back, so that no pattern takes more than length × length. A pattern of one part, `%vis%`, is searched for and not led to by
// a run, since PCRE in MongoDB gives up a run after 200,000 characters.
std::string regular_expression(std::string_view pattern, bool ignore_case);

}  // namespace holdfast::mongo
