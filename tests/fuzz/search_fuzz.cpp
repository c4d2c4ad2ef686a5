// The text of a search, and the same bytes as a text that is searched. Besides not crashing: limits hold, tokens are what stored search
// data may be, and every text is found by its own words.

#include <algorithm>
#include <set>
#include <string>

#include "base/unicode.h"
#include "fuzz.h"
#include "model/keywords.h"
#include "query/search_terms.h"
#include "query/tokens.h"

namespace holdfast::fuzz {
namespace {

constexpr std::size_t kLongestWord = 4 * TokenReader::kLongestToken;  // bytes

// Words and stems hold no space, which stands between words where they are stored, and need no more folding.
void check_text(const std::string& text) {
  require(!text.empty(), "no word and no stem is empty");
  require(is_plain_text(text), "words and stems are UTF-8");
  for (std::size_t position = 0; position < text.size();) {
    const CharacterClass kind = class_of(next_code_point(text, position));
    require(kind != CharacterClass::kOther && kind != CharacterClass::kMark, "words and stems are letters and digits");
  }
}

void check_tokens(const SearchTokens& tokens) {
  require(tokens.words.size() <= 20'000, "the tokens of a text have their limit");
  require(tokens.words.empty() == tokens.stems.empty(), "a word has a stem");
  require(std::is_sorted(tokens.stems.begin(), tokens.stems.end()), "stems are sorted");
  require(std::adjacent_find(tokens.stems.begin(), tokens.stems.end()) == tokens.stems.end(), "no stem stands twice");
  for (const std::string& word : tokens.words) {
    check_text(word);
    require(word.size() <= kLongestWord, "words have their limit");
  }
  for (const std::string& stem : tokens.stems) check_text(stem);
}

void check_term(const SearchTerm& term) {
  require(!term.texts.empty(), "a term looks for something");
  for (const std::string& text : term.texts) check_text(text);
  if (term.kind == SearchTerm::Kind::kPrefix) require(term.texts.size() == 1 && count_code_points(term.texts[0]) >= 2, "a prefix is long");
  if (term.kind == SearchTerm::Kind::kWord) require(term.texts.size() <= 2, "a word has two stems at most");
}

void check_query(const SearchQuery& query) {
  require(!query.wanted.empty(), "a search wants something");
  require(query.wanted.size() + query.unwanted.size() <= kSearchTermLimit, "terms have their limit");
  for (const SearchTerm& term : query.wanted) {
    check_term(term);
    require(std::count(query.wanted.begin(), query.wanted.end(), term) == 1, "no term stands twice");
  }
  for (const SearchTerm& term : query.unwanted) {
    check_term(term);
    require(term.kind == SearchTerm::Kind::kWord, "only words are excluded");
  }
}

// Each token of the text, asked for by itself, is among its stems.
void check_found(std::string_view language, std::string_view text, const SearchTokens& tokens) {
  TokenReader reader(text);
  for (int i = 0; i < 50 && reader.next(); ++i) {
    const auto query = parse_search(language, reader.token());
    if (!query) continue;  // nothing but marks
    for (const SearchTerm& term : query->wanted) {
      require(std::any_of(term.texts.begin(), term.texts.end(),
                          [&](const std::string& stem) { return std::binary_search(tokens.stems.begin(), tokens.stems.end(), stem); }),
              "a text is found by its own words");
    }
  }
}

}  // namespace

void run(std::string_view input) {
  const auto languages = search_languages();
  const std::string_view language = languages[take_choice(input) % languages.size()];
  if (!is_plain_text(input)) return;  // neither a query string nor a stored text can be such

  const SearchTokens tokens = search_tokens(language, input);
  check_tokens(tokens);
  check_found(language, input, tokens);

  const auto query = parse_search(language, input);
  if (!query) {
    require(query.error().code == Code::kInvalidParameter && !query.error().detail.empty(), "a refusal has a reason");
    return;
  }
  check_query(*query);
  const auto again = parse_search(language, input);
  require(again && again->wanted == query->wanted && again->unwanted == query->unwanted, "equal texts are equal searches");
}

}  // namespace holdfast::fuzz
