#include "engine/sqlite/search_expression.h"

#include <fmt/format.h>

namespace holdfast::sqlite {
namespace {

// `{s0 s1} : `
std::string columns_text(const SearchSettings& settings, char kind) {
  std::string out;
  for (std::size_t field = 0; field < settings.fields.size(); ++field) out += fmt::format("{}{}{}", out.empty() ? '{' : ' ', kind, field);
  return out + "} : ";
}

// Tokens hold nothing but letters, digits and marks; FTS5 splits the string where they end.
std::string quoted_words(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out.append(out.empty() ? "\"" : " ").append(word);
  return out + "\"";
}

// `("cat" or "cats")`: every text is a phrase of its own.
std::string any_of(const std::vector<std::string>& stems) {
  std::string out;
  for (const std::string& stem : stems) out.append(out.empty() ? "" : " OR ").append("\"" + stem + "\"");
  return stems.size() == 1 ? out : "(" + out + ")";
}

std::string term_text(const SearchTerm& term) {
  switch (term.kind) {
    case SearchTerm::Kind::kWord:
      return any_of(term.texts);
    case SearchTerm::Kind::kPrefix:
      return quoted_words(term.texts) + " *";
    case SearchTerm::Kind::kPhrase:
      return quoted_words(term.texts);
  }
  return {};
}

// Terms of one list of columns, joined; empty when there is none.
std::string joined(const std::vector<SearchTerm>& terms, bool of_stems, std::string_view conjunction, std::string* phrases) {
  std::string out;
  for (const SearchTerm& term : terms) {
    const bool in_stems = term.kind == SearchTerm::Kind::kWord;
    if (in_stems != of_stems) continue;
    out.append(out.empty() ? std::string_view() : conjunction).append(term_text(term));
    if (phrases != nullptr) phrases->push_back(static_cast<char>('0' + (in_stems ? term.texts.size() : 1)));
  }
  return out;
}

}  // namespace

SearchExpression search_expression(const SearchSettings& settings, const SearchQuery& query) {
  SearchExpression out;
  const std::string stems = joined(query.wanted, true, " AND ", &out.phrases);
  const std::string words = joined(query.wanted, false, " AND ", &out.phrases);
  if (!stems.empty()) out.match = columns_text(settings, 's') + "(" + stems + ")";
  if (!words.empty()) out.match += (stems.empty() ? "" : " AND ") + columns_text(settings, 'w') + "(" + words + ")";
  const std::string unwanted = joined(query.unwanted, true, " OR ", nullptr);
  if (!unwanted.empty()) out.match = "(" + out.match + ") NOT (" + columns_text(settings, 's') + "(" + unwanted + "))";
  return out;
}

}  // namespace holdfast::sqlite
