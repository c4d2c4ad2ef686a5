#include "engine/sqlite/search_rank.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

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

// One term's part in the rank: each field counts it once, however many of its phrases stand there.
class TermCounter {
 public:
  TermCounter(const Fts5ExtensionApi* api, Fts5Context* context) : api_(api), context_(context) {
    ranks_.resize(static_cast<std::size_t>(api->xColumnCount(context) / 2));
    seen_.resize(ranks_.size());
  }

  // SQLite's code.
  int count(int first_phrase, int phrases) {
    std::fill(seen_.begin(), seen_.end(), '\0');
    for (int phrase = first_phrase; phrase < first_phrase + phrases; ++phrase) {
      Fts5PhraseIter at;
      int column = -1;
      if (const int code = api_->xPhraseFirstColumn(context_, phrase, &at, &column); code != SQLITE_OK) return code;
      for (; column >= 0; api_->xPhraseNextColumn(context_, &at, &column)) {
        const auto field = static_cast<std::size_t>(column / 2);
        if (field >= ranks_.size() || seen_[field] != 0) continue;
        seen_[field] = 1;
        ++ranks_[field];
      }
    }
    return SQLITE_OK;
  }

  const std::string& ranks() const noexcept { return ranks_; }

 private:
  const Fts5ExtensionApi* api_;
  Fts5Context* context_;
  std::string ranks_, seen_;
};

void rank(const Fts5ExtensionApi* api, Fts5Context* context, sqlite3_context* result, int count, sqlite3_value** arguments) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  if (count != 1) return sqlite3_result_error(result, "hf_rank takes the table and the phrases of each term", -1);
  TermCounter counter(api, context);
  int phrase = 0;
  const unsigned char* phrases = sqlite3_value_text(arguments[0]);
  for (; phrases != nullptr && *phrases != 0; ++phrases) {
    const int of_term = *phrases - '0';
    if (const int code = counter.count(phrase, of_term); code != SQLITE_OK) return sqlite3_result_error_code(result, code);
    phrase += of_term;
  }
  std::string text;
  for (const char found : counter.ranks()) {
    text.push_back(kDigits[static_cast<unsigned char>(found) >> 4]);
    text.push_back(kDigits[found & 15]);
  }
  sqlite3_result_text64(result, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
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

void add_search_rank(sqlite3* database) {
  fts5_api* api = nullptr;
  const PreparedStatement select = prepare(database, "select fts5(?1)", false);
  if (!select) return;
  sqlite3_bind_pointer(select.get(), 1, &api, "fts5_api_ptr", nullptr);
  sqlite3_step(select.get());
  if (api != nullptr) api->xCreateFunction(api, "hf_rank", nullptr, rank, nullptr);
}

}  // namespace holdfast::sqlite
