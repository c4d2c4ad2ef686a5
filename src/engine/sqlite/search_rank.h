#pragma once
// How well a row of a search table answers a search: an auxiliary function of FTS5.

#include "engine/sqlite/handles.h"

namespace holdfast::sqlite {

// hf_rank(table, phrases): sql::kRankColumn of a row that matches (search_expression.h says what `phrases` is). For this handle.
// Cost: about 0.2 µs a row and term, beside what it takes to find the row.
void add_search_rank(sqlite3* database);

}  // namespace holdfast::sqlite
