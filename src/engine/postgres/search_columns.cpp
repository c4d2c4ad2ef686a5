#include "engine/postgres/search_columns.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/unicode.h"
#include "engine/postgres/codec.h"
#include "engine/postgres/dialect.h"
#include "query/search_terms.h"

namespace holdfast::postgres {
namespace {

constexpr std::size_t kShortestBeginning = 2;
constexpr std::size_t kLongestBeginning = 4;

// The first characters of a word, as many as there are.
std::string_view first_of(std::string_view word, std::size_t characters) {
  std::size_t end = 0;
  for (; characters > 0 && end < word.size(); --characters) next_code_point(word, end);
  return word.substr(0, end);
}

// A `*` cannot stand in a stem.
std::string beginning(std::string_view word, std::size_t characters) {
  return std::string(first_of(word, characters)) + "*";
}

void append_beginnings(std::vector<std::string>& terms, std::string_view word) {
  for (std::size_t characters = kShortestBeginning; characters <= kLongestBeginning; ++characters) {
    terms.push_back(beginning(word, characters));
    if (terms.back().size() > word.size()) return;  // that was the whole word
  }
}

std::string spaced(const std::vector<std::string>& tokens) {
  std::string out;
  for (const std::string& token : tokens) out.append(" ").append(token);
  return out.append(tokens.empty() ? "" : " ");
}

Value array_of(const std::vector<std::string>& texts) {
  return Value(Value::Array(texts.begin(), texts.end()));
}

// A wanted term: where it is looked up, and the parameter of the patterns that tell in which field it stands.
struct PlacedTerm {
  char column = 's';         // of stems or of words
  std::size_t patterns = 0;  // the number of the parameter
};

class SearchWriter {
 public:
  SearchWriter(sql::Statement& out, const Model& model) : out_(out), fields_(model.search->fields.size()) {}

  // The conditions; what rank() needs is kept.
  std::string conditions(const SearchQuery& search);
  std::string rank() const;

 private:
  std::string wanted(const SearchTerm& term);
  std::string parameter(Value value) { return fmt::format("${}", out_.add(nullptr, std::move(value))); }
  static std::string stands_in(const PlacedTerm& term, std::size_t field) {
    return fmt::format("\"_hf_{}{}\" like any(${})", term.column, field, term.patterns);
  }

  sql::Statement& out_;
  std::size_t fields_;
  std::vector<PlacedTerm> placed_;
};

// Tokens hold letters, digits and marks only: nothing to escape in a pattern.
PlacedTerm place(sql::Statement& out, const SearchTerm& term) {
  PlacedTerm placed;
  Value::Array patterns;
  if (term.kind == SearchTerm::Kind::kWord) {
    for (const std::string& stem : term.texts) patterns.emplace_back("% " + stem + " %");
  } else {
    placed.column = 'w';
    patterns.emplace_back("%" + spaced(term.texts) + "%");
    if (term.kind == SearchTerm::Kind::kPrefix) patterns.back() = Value("% " + term.texts.front() + "%");
  }
  placed.patterns = out.add(nullptr, Value(std::move(patterns)));
  return placed;
}

std::string SearchWriter::wanted(const SearchTerm& term) {
  placed_.push_back(place(out_, term));
  if (term.kind == SearchTerm::Kind::kWord) return "\"_hf_terms\" && " + parameter(array_of(term.texts));

  std::vector<std::string> beginnings;
  for (const std::string& word : term.texts) beginnings.push_back(beginning(word, kLongestBeginning));
  const std::size_t characters = count_code_points(term.texts.front());
  const bool is_prefix = term.kind == SearchTerm::Kind::kPrefix;
  const bool is_found = is_prefix && characters >= kShortestBeginning && characters <= kLongestBeginning;
  std::string condition;
  if (!is_prefix || characters >= kShortestBeginning) condition = "\"_hf_terms\" @> " + parameter(array_of(beginnings));
  if (is_found) return condition;
  for (std::size_t field = 0; field < fields_; ++field) {
    condition.append(field != 0 ? " or " : condition.empty() ? "(" : " and (").append(stands_in(placed_.back(), field));
  }
  return condition.append(")");
}

std::string SearchWriter::conditions(const SearchQuery& search) {
  std::string text;
  for (const SearchTerm& term : search.wanted) text.append(text.empty() ? "" : " and ").append(wanted(term));
  std::vector<std::string> unwanted;
  for (const SearchTerm& term : search.unwanted) unwanted.insert(unwanted.end(), term.texts.begin(), term.texts.end());
  if (!unwanted.empty()) text.append(" and not \"_hf_terms\" && ").append(parameter(array_of(unwanted)));
  return text;
}

std::string SearchWriter::rank() const {
  std::string text = "(";
  for (std::size_t field = 0; field < fields_; ++field) {
    text.append(field == 0 ? "lpad(to_hex(" : " || lpad(to_hex(");
    for (std::size_t term = 0; term < placed_.size(); ++term) {
      text.append(term == 0 ? "(" : " + (").append(stands_in(placed_[term], field)).append(")::int");
    }
    text.append("), 2, '0')");
  }
  return text.append(") collate \"C\"");
}

}  // namespace

std::vector<SearchColumn> define_search_columns(const Model& model) {
  std::vector<SearchColumn> columns;
  if (!model.search) return columns;
  columns.push_back({std::string(kTermsColumn), "text[] collate \"C\""});
  for (std::size_t field = 0; field < model.search->fields.size(); ++field) {
    columns.push_back({fmt::format("_hf_s{}", field), "text collate \"C\""});
    columns.push_back({fmt::format("_hf_w{}", field), "text collate \"C\""});
  }
  columns.push_back({std::string(kSearchHashColumn), "bigint"});
  return columns;
}

std::vector<std::string> search_columns(const Model& model) {
  std::vector<std::string> names;
  for (SearchColumn& column : define_search_columns(model)) names.push_back(std::move(column.name));
  return names;
}

std::vector<Parameter> search_values(const Model& model, const Record& record) {
  std::vector<Parameter> values;
  if (!model.search) return values;
  values.emplace_back();
  std::vector<std::string> terms;
  for (SearchTokens& tokens : search_tokens(model, record)) {
    values.push_back(encode({nullptr, Value(spaced(tokens.stems))}));
    values.push_back(encode({nullptr, Value(spaced(tokens.words))}));
    std::move(tokens.stems.begin(), tokens.stems.end(), std::back_inserter(terms));
    for (const std::string& word : tokens.words) append_beginnings(terms, word);
  }
  std::sort(terms.begin(), terms.end());
  terms.erase(std::unique(terms.begin(), terms.end()), terms.end());
  values.front() = encode({nullptr, array_of(terms)});
  values.push_back(encode({nullptr, Value(static_cast<std::int64_t>(search_hash(model, record)))}));
  return values;
}

void append_search(sql::Statement& out, const Model& model, const SearchQuery& search) {
  SearchWriter writer(out, model);
  const std::string conditions = writer.conditions(search);
  out.text.append(fmt::format("(select \"_hf_t\".*, {} as {} from {} as \"_hf_t\" where {}) as \"_hf_found\"", writer.rank(),
                              sql::kRankColumn, table_text(model), conditions));
}

}  // namespace holdfast::postgres
