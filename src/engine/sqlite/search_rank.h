#pragma once
// A search in the words of FTS5, and how well each row answers it.
//
// The search table has for each searched field, in order, a column of its stems and one of its words: s0, w0, s1, w1, … and then `hash`.

#include <string>

#include "engine/sqlite/handles.h"
#include "query/plan.h"

namespace holdfast::sqlite {

struct SearchExpression {
  std::string match;    // what stands behind `match`
  std::string phrases;  // for hf_rank: one digit for each wanted term, how many phrases of `match` it has; in the order of `match`
};

SearchExpression search_expression(const SearchSettings& settings, const SearchQuery& query);

// hf_rank(table, phrases): sql::kRankColumn of a row that matches. For this handle.
void add_search_rank(sqlite3* database);

}  // namespace holdfast::sqlite
