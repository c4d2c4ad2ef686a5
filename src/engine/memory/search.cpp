#include "engine/memory/search.h"

#include <algorithm>

#include "query/search_terms.h"

namespace holdfast::memory {
namespace {

bool stands_in(const SearchTerm& term, const SearchTokens& field) {
  const std::vector<std::string>& words = field.words;
  switch (term.kind) {
    // "A term matches when its two stems and the field's stems meet."
    case SearchTerm::Kind::kWord:
      return std::find_first_of(term.texts.begin(), term.texts.end(), field.stems.begin(), field.stems.end()) != term.texts.end();
    // "`word*` and `\"a phrase\"` look in words."
    case SearchTerm::Kind::kPrefix:
      return std::any_of(words.begin(), words.end(), [&](const std::string& word) { return word.starts_with(term.texts.front()); });
    // "Adjacency within one field."
    case SearchTerm::Kind::kPhrase:
      return std::search(words.begin(), words.end(), term.texts.begin(), term.texts.end()) != words.end();
  }
  return false;
}

bool stands_in_any(const SearchTerm& term, const std::vector<SearchTokens>& fields) {
  return std::any_of(fields.begin(), fields.end(), [&](const SearchTokens& field) { return stands_in(term, field); });
}

}  // namespace

std::optional<std::string> rank_of(const Model& model, const SearchQuery& query, const Record& record) {
  const std::vector<SearchTokens> fields = search_tokens(model, record);
  const auto stands = [&](const SearchTerm& term) { return stands_in_any(term, fields); };
  // "All terms must match, in any field; `-word` excludes."
  if (!std::all_of(query.wanted.begin(), query.wanted.end(), stands)) return std::nullopt;
  if (std::any_of(query.unwanted.begin(), query.unwanted.end(), stands)) return std::nullopt;
  // "Number of distinct positive terms found in the first field of `search.fields` (a phrase counts one), then in the second, …"
  std::string rank;
  for (const SearchTokens& field : fields) {
    const auto found =
        std::count_if(query.wanted.begin(), query.wanted.end(), [&](const SearchTerm& term) { return stands_in(term, field); });
    rank.push_back(static_cast<char>(found));  // at most kSearchTermLimit
  }
  return rank;
}

}  // namespace holdfast::memory
