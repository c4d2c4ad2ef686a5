#include "engine/mongo/search.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/unicode.h"
#include "engine/mongo/document.h"
#include "engine/mongo/number.h"
#include "query/search_terms.h"

namespace holdfast::mongo {
namespace {

// So that every count has three digits: there are at most kSearchTermLimit (200) terms.
constexpr int kRankBase = 100;
constexpr std::size_t kRankDigits = 3;
static_assert(kRankBase + kSearchTermLimit < 1000);

// No token has a colon.
std::string numbered(std::size_t field, std::string_view token) {
  return fmt::format("{}:{}", field, token);
}

std::string text_name(std::size_t field) {
  return fmt::format("t{}", field);
}

std::string text_path(std::size_t field) {
  return fmt::format("{}.t{}", kSearchPath, field);
}

std::string joined(const std::vector<std::string>& words) {
  std::string text = " ";
  for (const std::string& word : words) text.append(word).append(" ");
  return text;
}

void append_sorted(bson_t& document, std::string_view key, std::vector<std::string> tokens) {
  std::ranges::sort(tokens);
  tokens.erase(std::ranges::unique(tokens).begin(), tokens.end());
  NestedArray array(document, key);
  for (const std::string& token : tokens) append_text(array.get(), array.next_key(), token);
}

// Any one will do, but a long word is in fewer texts.
const std::string& rarest(const std::vector<std::string>& words) {
  return *std::ranges::max_element(words, {}, [](const std::string& word) { return count_code_points(word); });
}

class SearchWriter {
 public:
  SearchWriter(const Model& model, const SearchQuery& search) : fields_(model.search->fields.size()), search_(search) {}

  void append_conditions(bson_t& query) const;
  void append_rank(bson_t& document, std::string_view key) const;

 private:
  void append_stems(bson_t& condition, std::string_view op, const std::vector<SearchTerm>& terms) const;
  void append_prefix(bson_t& condition, const std::string& prefix) const;
  void append_phrase(bson_t& condition, const std::vector<std::string>& words) const;
  void append_wanted(bson_t& condition, const SearchTerm& term) const;
  void append_stands(NestedArray& sum, std::size_t field, const SearchTerm& term) const;

  std::size_t fields_;
  const SearchQuery& search_;
};

void SearchWriter::append_conditions(bson_t& query) const {
  NestedArray all(query, "$and");
  for (const SearchTerm& term : search_.wanted) {
    Nested one(all.get(), all.next_key());
    append_wanted(one, term);
  }
  if (search_.unwanted.empty()) return;
  Nested none(all.get(), all.next_key());
  append_stems(none, "$nin", search_.unwanted);
}

void SearchWriter::append_wanted(bson_t& condition, const SearchTerm& term) const {
  switch (term.kind) {
    case SearchTerm::Kind::kWord:
      return append_stems(condition, "$in", {term});
    case SearchTerm::Kind::kPrefix:
      return append_prefix(condition, term.texts.front());
    case SearchTerm::Kind::kPhrase:
      return append_phrase(condition, term.texts);
  }
}

void SearchWriter::append_stems(bson_t& condition, std::string_view op, const std::vector<SearchTerm>& terms) const {
  Nested operators(condition, kStemsPath);
  NestedArray list(operators, op);
  for (const SearchTerm& term : terms) {
    for (std::size_t field = 0; field < fields_; ++field) {
      for (const std::string& stem : term.texts) append_text(list.get(), list.next_key(), numbered(field, stem));
    }
  }
}

// A regular expression that starts so is a range of the index. Words are letters, digits and marks: nothing to escape.
void SearchWriter::append_prefix(bson_t& condition, const std::string& prefix) const {
  NestedArray any(condition, "$or");
  for (std::size_t field = 0; field < fields_; ++field) {
    Nested one(any.get(), any.next_key());
    Nested operators(one, kWordsPath);
    append_text(operators, "$regex", "^" + numbered(field, prefix));
  }
}

// The word narrows the search by the index.
void SearchWriter::append_phrase(bson_t& condition, const std::vector<std::string>& words) const {
  NestedArray any(condition, "$or");
  for (std::size_t field = 0; field < fields_; ++field) {
    Nested one(any.get(), any.next_key());
    append_text(one, kWordsPath, numbered(field, rarest(words)));
    Nested operators(one, text_path(field));
    append_text(operators, "$regex", joined(words));
  }
}

// {$concat: [{$toString: {$add: [100, {$cond: […, 1, 0]}, …]}}, …]}, a part for each field.
void SearchWriter::append_rank(bson_t& document, std::string_view key) const {
  Nested expression(document, key);
  NestedArray parts(expression, "$concat");
  for (std::size_t field = 0; field < fields_; ++field) {
    Nested part(parts.get(), parts.next_key());
    Nested text(part, "$toString");
    NestedArray sum(text, "$add");
    append_int32(sum.get(), sum.next_key(), kRankBase);
    for (const SearchTerm& term : search_.wanted) append_stands(sum, field, term);
  }
}

// {$in: ["0:vis", "$_hf.search.stems"]}
void append_element(bson_t& document, std::string_view key, const std::string& element) {
  Nested expression(document, key);
  NestedArray operands(expression, "$in");
  append_text(operands.get(), operands.next_key(), element);
  Nested or_none(operands.get(), operands.next_key());
  NestedArray list(or_none, "$ifNull");
  append_text(list.get(), list.next_key(), fmt::format("${}", kStemsPath));
  const NestedArray none(list.get(), list.next_key());
}

// {$gte: [{$indexOfBytes: ["$_hf.search.t0", " vis "]}, 0]}: of no text it is null, which is less than any number.
void append_contains(bson_t& document, std::string_view key, std::size_t field, const std::string& part) {
  Nested expression(document, key);
  NestedArray operands(expression, "$gte");
  {
    Nested place(operands.get(), operands.next_key());
    NestedArray index(place, "$indexOfBytes");
    append_text(index.get(), index.next_key(), "$" + text_path(field));
    append_text(index.get(), index.next_key(), part);
  }
  append_int32(operands.get(), operands.next_key(), 0);
}

void SearchWriter::append_stands(NestedArray& sum, std::size_t field, const SearchTerm& term) const {
  Nested one(sum.get(), sum.next_key());
  NestedArray choice(one, "$cond");
  switch (term.kind) {
    case SearchTerm::Kind::kWord: {
      Nested condition(choice.get(), choice.next_key());
      NestedArray any(condition, "$or");
      for (const std::string& stem : term.texts) append_element(any.get(), any.next_key(), numbered(field, stem));
      break;
    }
    case SearchTerm::Kind::kPrefix:
      append_contains(choice.get(), choice.next_key(), field, " " + term.texts.front());
      break;
    case SearchTerm::Kind::kPhrase:
      append_contains(choice.get(), choice.next_key(), field, joined(term.texts));
      break;
  }
  append_int32(choice.get(), choice.next_key(), 1);
  append_int32(choice.get(), choice.next_key(), 0);
}

}  // namespace

void append_search_data(bson_t& bookkeeping, const Model& model, const Record& record) {
  if (!model.search) return;
  const std::vector<SearchTokens> fields = search_tokens(model, record);
  std::vector<std::string> stems, words;
  for (std::size_t field = 0; field < fields.size(); ++field) {
    for (const std::string& stem : fields[field].stems) stems.push_back(numbered(field, stem));
    for (const std::string& word : fields[field].words) words.push_back(numbered(field, word));
  }
  Nested search(bookkeeping, kSearchName);
  append_int64(search, "hash", static_cast<std::int64_t>(search_hash(model, record)));
  append_sorted(search, "stems", std::move(stems));
  append_sorted(search, "words", std::move(words));
  for (std::size_t field = 0; field < fields.size(); ++field) {
    if (!fields[field].words.empty()) append_text(search, text_name(field), joined(fields[field].words));
  }
}

std::optional<std::int64_t> read_search_hash(const bson_t& document) {
  bson_iter_t start, hash;
  if (!bson_iter_init(&start, &document) || !bson_iter_find_descendant(&start, kSearchHashPath.data(), &hash)) return std::nullopt;
  return read_integer(hash);
}

void append_found(bson_t& query, const Model& model, const SearchQuery& search) {
  SearchWriter(model, search).append_conditions(query);
}

std::string rank_text(std::string_view rank) {
  std::string text;
  for (const char count : rank) text += std::to_string(kRankBase + static_cast<unsigned char>(count));
  return text;
}

std::string rank_of(std::string_view text) {
  std::string rank;
  for (std::size_t at = 0; at + kRankDigits <= text.size(); at += kRankDigits) {
    const int number = (text[at] - '0') * 100 + (text[at + 1] - '0') * 10 + (text[at + 2] - '0');
    rank.push_back(static_cast<char>(number - kRankBase));
  }
  return rank;
}

void append_rank_expression(bson_t& document, std::string_view key, const Model& model, const SearchQuery& search) {
  SearchWriter(model, search).append_rank(document, key);
}

}  // namespace holdfast::mongo
