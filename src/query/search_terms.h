#pragma once
// Texts as search sees them: tokens, folded words and stems (semantics.md §4). The same on every engine, because no engine does it itself.
// Pure; any thread.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "model/model.h"
#include "query/plan.h"

namespace holdfast {

// What is kept of one searched text.
struct SearchTokens {
  std::vector<std::string> stems;  // of every token fold(stem(w)) and stem(fold(w)); sorted, none twice
  std::vector<std::string> words;  // folded, in order
};

// `language`: of search_languages(). Reads the first 20,000 tokens, each cut at 64 code points.
SearchTokens search_tokens(std::string_view language, std::string_view text);

// The tokens of a record's searched fields, in the order of `model.search->fields`; null has none.
std::vector<SearchTokens> search_tokens(const Model& model, const Record& record);

inline constexpr std::size_t kSearchTermLimit = 200;
inline constexpr std::size_t kPhraseWordLimit = 1'000;  // of all phrases of a query: a long phrase is slow to find in a long text

// `q` as terms. invalid_parameter: no positive term, more than kSearchTermLimit terms or kPhraseWordLimit words in phrases, `-"phrase"`.
Result<SearchQuery> parse_search(std::string_view language, std::string_view q);

// Changes whenever stored search data of the model would: searched fields, language, our rules, the version of libstemmer.
std::uint64_t search_version(const Model& model);

// Of the searched fields' values and search_version(): tells search data that others made stale.
std::uint64_t search_hash(const Model& model, const Record& record);

}  // namespace holdfast
