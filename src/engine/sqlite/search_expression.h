#pragma once
// A search in the words of FTS5. Pure; golden tests beside it (statement_test.cpp).
//
// The search table has for each searched field, in order, a column of its stems and one of its words: s0, w0, s1, w1, … and then `hash`.

#include <string>

#include "query/plan.h"

namespace holdfast::sqlite {

struct SearchExpression {
  std::string match;    // what stands behind `match`
  std::string phrases;  // for hf_rank: one digit for each wanted term, how many phrases of `match` it has; in the order of `match`
};

SearchExpression search_expression(const SearchSettings& settings, const SearchQuery& query);

}  // namespace holdfast::sqlite
