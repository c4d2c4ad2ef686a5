#pragma once
// Search data of records, and searches as queries over it (semantics.md §4). Pure.
//
// Layout, in the sub-document `_hf`:
//   search: {
//     hash: int64                    search_hash() of the record
//     stems: ["0:vis", "1:bois", …]  of every searched field, its number in front; sorted, none twice
//     words: ["0:vis", "1:a", …]     likewise
//     t0: " vis a bois "             the words of the first searched field in order, t1 those of the second, …; without words: left out
//   }
// One multikey index on stems and one on words serve any number of fields.

#include <optional>
#include <string>
#include <string_view>

#include "engine/mongo/handles.h"
#include "query/plan.h"

namespace holdfast::mongo {

inline constexpr std::string_view kSearchName = "search";  // inside `_hf`
inline constexpr std::string_view kSearchPath = "_hf.search";
inline constexpr std::string_view kSearchHashPath = "_hf.search.hash";
inline constexpr std::string_view kStemsPath = "_hf.search.stems";
inline constexpr std::string_view kWordsPath = "_hf.search.words";

// Appends the member `search` to what becomes `_hf`; nothing for a model without `search`.
void append_search_data(bson_t& bookkeeping, const Model& model, const Record& record);
// The hash that is stored with a document; nothing: it has no search data.
std::optional<std::int64_t> read_search_hash(const bson_t& document);

// Appends members to a query: every wanted term stands in some field, no unwanted one in any.
void append_found(bson_t& query, const Model& model, const SearchQuery& search);

// A rank (ListPlan::by_rank) as text, three digits a byte, which sorts alike; and as an expression that makes this text.
inline constexpr std::string_view kRankName = "_hf_rank";
std::string rank_text(std::string_view rank);
std::string rank_of(std::string_view text);
void append_rank_expression(bson_t& document, std::string_view key, const Model& model, const SearchQuery& search);

}  // namespace holdfast::mongo
