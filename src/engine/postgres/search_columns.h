#pragma once
// What is searched, as columns of the records' own table (semantics.md §4). Pure.
//
// `_hf_terms` (text[], GIN) holds the stems of all searched fields, and of every word its beginnings of 2 to 4 characters with a `*` behind
// (a word of one character is its own): so each term of a search is a lookup in one index, and no word is too long for it. (A tsvector
// holds one MiB, and 20,000 words may be longer.) `_hf_s0`, `_hf_w0`, `_hf_s1`, … hold stems and words of each field as one text with a
// space around each: they decide on longer beginnings and phrases, and rank. `_hf_search` holds the hash of what was searched; null: this
// row has no search data.

#include <string>
#include <string_view>
#include <vector>

#include "engine/postgres/handles.h"
#include "engine/sql/dialect.h"

namespace holdfast::postgres {

inline constexpr std::string_view kTermsColumn = "_hf_terms";
inline constexpr std::string_view kSearchHashColumn = "_hf_search";

struct SearchColumn {
  std::string name;
  std::string_view type;
};

// In order; none without `search`.
std::vector<SearchColumn> define_search_columns(const Model& model);
std::vector<std::string> search_columns(const Model& model);
// The values of a record in those columns.
std::vector<Parameter> search_values(const Model& model, const Record& record);

// What a search reads from (sql::Dialect::append_found).
void append_search(sql::Statement& out, const Model& model, const SearchQuery& search);

}  // namespace holdfast::postgres
