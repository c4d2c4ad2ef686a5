#include "query/search_terms.h"

#include <algorithm>
#include <optional>
#include <stdexcept>

#include "base/hash.h"
#include "base/unicode.h"
#include "query/stemmer.h"
#include "query/tokens.h"

namespace holdfast {
namespace {

constexpr std::size_t kTokenLimit = 20'000;  // of one field; elisions do not count
constexpr std::size_t kExpectedWordBytes = 6;
constexpr std::uint64_t kRules = 1;         // of tokens, folding and stems, as this file and tokens.cpp have them: +1 when they change
constexpr std::size_t kShortestPrefix = 2;  // code points

std::string folded(const TokenReader& reader) {
  return reader.is_ascii() ? reader.token() : without_marks(reader.token());
}

// {fold(stem(w)), stem(fold(w))}: one of ASCII words.
void append_stems(std::vector<std::string>& stems, Stemmer& stemmer, const TokenReader& reader, const std::string& word) {
  stems.emplace_back(stemmer.stem(word));
  if (reader.is_ascii()) return;
  std::string other = without_marks(stemmer.stem(reader.token()));
  if (!other.empty() && other != stems.back()) stems.push_back(std::move(other));
}

void sort_without_repeats(std::vector<std::string>& texts) {
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
}

Error invalid(std::string detail) {
  return Error(Code::kInvalidParameter, std::move(detail));
}

// `q` in one pass: words between white space, phrases between quotes.
class SearchReader {
 public:
  SearchReader(std::string_view language, std::string_view q) : stemmer_(Stemmer::of_thread(language)), rest_(q) {}

  Result<SearchQuery> read() {
    while (skip_space()) {
      if (auto part = read_part(); !part) return part.error();
    }
    if (!query_.wanted.empty()) return std::move(query_);
    return invalid(query_.unwanted.empty() ? "`q` has no word to search for: write letters or digits."
                                           : "`q` only excludes words; write one that is wanted too, as in `q=audio -casque`.");
  }

 private:
  bool skip_space() {
    rest_ = trim_start(rest_);
    return !rest_.empty();
  }

  static std::string_view trim_start(std::string_view text) {
    for (std::size_t position = 0; position < text.size();) {
      const std::size_t start = position;
      if (!is_white_space(next_code_point(text, position))) return text.substr(start);
    }
    return {};
  }

  Result<void> read_part() {
    const std::size_t hyphens = std::min(rest_.find_first_not_of('-'), rest_.size());
    rest_.remove_prefix(hyphens);
    if (const auto phrase = take_phrase()) {
      if (hyphens == 0) return add_phrase(*phrase);
      return invalid("`q` cannot exclude a phrase; write `-` before single words, as in `-word`.");
    }
    return add_word(take_word(), hyphens != 0);
  }

  // Between quotes; nothing when there is none here or it does not end: then the quote means nothing.
  std::optional<std::string_view> take_phrase() {
    if (rest_.empty() || rest_.front() != '"' || no_quote_follows_) return std::nullopt;
    const std::size_t end = rest_.find('"', 1);
    no_quote_follows_ = end == std::string_view::npos;
    if (no_quote_follows_) return std::nullopt;
    const std::string_view phrase = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    return phrase;
  }

  std::string_view take_word() {
    std::size_t end = 0;
    for (std::size_t position = 0; position < rest_.size(); end = position) {
      if (is_white_space(next_code_point(rest_, position))) break;
    }
    const std::string_view word = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return word;
  }

  Result<void> add_word(std::string_view word, bool unwanted) {
    TokenReader reader(word);
    while (reader.next()) {
      std::string text = folded(reader);
      if (text.empty()) continue;
      SearchTerm term;
      if (!unwanted && reader.rest() == "*" && count_code_points(text) >= kShortestPrefix) {
        term.kind = SearchTerm::Kind::kPrefix;
        term.texts.push_back(std::move(text));
      } else {
        append_stems(term.texts, stemmer_, reader, text);
        sort_without_repeats(term.texts);
      }
      if (auto added = add(unwanted ? query_.unwanted : query_.wanted, std::move(term)); !added) return added;
    }
    return {};
  }

  Result<void> add_phrase(std::string_view phrase) {
    SearchTerm term{SearchTerm::Kind::kPhrase, {}};
    TokenReader reader(phrase);
    while (reader.next()) {
      std::string word = folded(reader);
      if (word.empty()) continue;
      if (++phrase_words_ > kPhraseWordLimit) {
        return invalid("The phrases of `q` take at most " + std::to_string(kPhraseWordLimit) + " words together.");
      }
      term.texts.push_back(std::move(word));
    }
    return term.texts.empty() ? Result<void>() : add(query_.wanted, std::move(term));
  }

  // Counted as written: a thousand times the same word is refused too.
  Result<void> add(std::vector<SearchTerm>& terms, SearchTerm term) {
    if (++terms_ > kSearchTermLimit) return invalid("`q` takes at most " + std::to_string(kSearchTermLimit) + " words and phrases.");
    if (std::find(terms.begin(), terms.end(), term) == terms.end()) terms.push_back(std::move(term));
    return {};
  }

  Stemmer& stemmer_;
  std::string_view rest_;
  bool no_quote_follows_ = false;
  std::size_t terms_ = 0;
  std::size_t phrase_words_ = 0;
  SearchQuery query_;
};

void append_number(std::string& bytes, std::uint64_t number) {
  for (int shift = 0; shift < 64; shift += 8) bytes += static_cast<char>(number >> shift & 0xff);
}

void append_text(std::string& bytes, std::string_view text) {
  append_number(bytes, text.size());
  bytes += text;
}

const SearchSettings& settings_of(const Model& model) {
  if (!model.search) throw std::logic_error(model.name + " is not searched");
  return *model.search;
}

}  // namespace

SearchTokens search_tokens(std::string_view language, std::string_view text) {
  SearchTokens tokens;
  Stemmer& stemmer = Stemmer::of_thread(language);
  const std::size_t expected = std::min(text.size() / kExpectedWordBytes + 1, kTokenLimit);
  tokens.words.reserve(expected);
  tokens.stems.reserve(expected);
  TokenReader reader(text);
  for (std::size_t count = 0; count < kTokenLimit && reader.next(); ++count) {
    std::string word = folded(reader);
    if (word.empty()) continue;  // nothing but marks
    append_stems(tokens.stems, stemmer, reader, word);
    tokens.words.push_back(std::move(word));
  }
  sort_without_repeats(tokens.stems);
  return tokens;
}

std::vector<SearchTokens> search_tokens(const Model& model, const Record& record) {
  const SearchSettings& settings = settings_of(model);
  std::vector<SearchTokens> tokens;
  tokens.reserve(settings.fields.size());
  for (const std::size_t field : settings.fields) {
    const Value& value = record.values[field];
    tokens.push_back(value.is_null() ? SearchTokens() : search_tokens(settings.language, value.text()));
  }
  return tokens;
}

Result<SearchQuery> parse_search(std::string_view language, std::string_view q) {
  return SearchReader(language, q).read();
}

std::uint64_t search_version(const Model& model) {
  const SearchSettings& settings = settings_of(model);
  std::string bytes;
  append_number(bytes, kRules);
  append_number(bytes, Stemmer::of_thread(settings.language).fingerprint());
  append_text(bytes, unicode_version());
  append_text(bytes, settings.language);
  for (const std::size_t field : settings.fields) append_text(bytes, model.field(field).name);
  return content_hash(bytes);
}

std::uint64_t search_hash(const Model& model, const Record& record) {
  std::string bytes;
  append_number(bytes, search_version(model));
  for (const std::size_t field : settings_of(model).fields) {
    const Value& value = record.values[field];
    bytes += value.is_null() ? 'n' : 's';
    if (!value.is_null()) append_text(bytes, value.text());
  }
  return content_hash(bytes);
}

}  // namespace holdfast
