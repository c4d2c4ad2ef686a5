#include "query/filter_parser.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "base/nearest.h"
#include "base/unicode.h"
#include "query/filter_lexer.h"

namespace holdfast {
namespace {

using Token = FilterToken;

char lower_ascii(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

// Keywords are written in any case.
bool same_word(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower_ascii(x) == lower_ascii(y); });
}

// The operators that take what follows them as it is; `not in`, `between`, `is null` have a syntax of their own.
struct SimpleOperator {
  std::string_view text;
  Comparison comparison;
};
constexpr std::array<SimpleOperator, 13> kSimpleOperators{{
    {"=", Comparison::kEq},
    {"!=", Comparison::kNe},
    {">", Comparison::kGt},
    {">=", Comparison::kGte},
    {"<", Comparison::kLt},
    {"<=", Comparison::kLte},
    {"like", Comparison::kLike},
    {"ilike", Comparison::kIlike},
    {"prefix", Comparison::kPrefix},
    {"has", Comparison::kHas},
    {"in", Comparison::kIn},
    {"hasAny", Comparison::kHasAny},
    {"hasAll", Comparison::kHasAll},
}};

// Which literals may stand for a value of the field.
bool fits(const Field& field, const Token& token) {
  const bool is_boolean = token.kind == Token::Kind::kWord && (same_word(token.source, "true") || same_word(token.source, "false"));
  switch (field.kind) {
    case Kind::kBoolean:
      return is_boolean;
    case Kind::kInteger:
    case Kind::kNumber:
      return token.kind == Token::Kind::kNumber;
    case Kind::kDecimal:
      return token.kind == Token::Kind::kNumber || token.kind == Token::Kind::kString;
    default:
      return token.kind == Token::Kind::kString;
  }
}

std::string literal_text(const Token& token) {
  if (token.kind == Token::Kind::kString) return token.text;
  if (token.kind == Token::Kind::kNumber) return std::string(token.source);
  return same_word(token.source, "true") ? "true" : "false";
}

class Parser {
 public:
  Parser(const Model& model, std::string_view text, FilterUse& use)
      : model_(model), text_(text), use_(use), tokens_(read_filter_tokens(text)) {}

  Result<Filter> parse() {
    auto filter = disjunction();
    if (!filter || current().kind == Token::Kind::kEnd) return filter;
    return unexpected("`and`, `or` or the end");
  }

 private:
  const Token& current() const noexcept { return tokens_[position_]; }
  const Token& following() const noexcept { return tokens_[std::min(position_ + 1, tokens_.size() - 1)]; }
  const Token& take() noexcept { return tokens_[position_++]; }
  bool at_word(std::string_view word) const noexcept { return current().kind == Token::Kind::kWord && same_word(current().source, word); }
  bool at_symbol(std::string_view symbol) const noexcept { return current().kind == Token::Kind::kSymbol && current().source == symbol; }

  Error fault(const Token& token, std::string detail) const {
    Error error(Code::kInvalidFilter, std::move(detail));
    error.column = static_cast<int>(count_code_points(text_.substr(0, token.offset))) + 1;
    return error;
  }

  // What the lexer could not read wins over what the grammar misses.
  Error unexpected(const std::string& wanted) const {
    if (current().kind == Token::Kind::kFault) return fault(current(), current().text);
    const std::string found = current().kind == Token::Kind::kEnd ? "the filter ends" : "there is " + shown(current().source);
    return fault(current(), "Expected " + wanted + " here; " + found + ".");
  }

  Result<Filter> chain(Result<Filter> (Parser::*part)(), std::string_view word, Filter (*join)(std::vector<Filter>)) {
    auto first = (this->*part)();
    if (!first || !at_word(word)) return first;
    std::vector<Filter> children;
    children.push_back(std::move(*first));
    while (at_word(word)) {
      take();
      auto next = (this->*part)();
      if (!next) return next;
      children.push_back(std::move(*next));
    }
    return join(std::move(children));
  }
  Result<Filter> disjunction() { return chain(&Parser::conjunction, "or", &Filter::any); }
  Result<Filter> conjunction() { return chain(&Parser::negation, "and", &Filter::all); }

  // A field may be called `not`: an operator behind it tells.
  bool at_negation() const noexcept {
    if (!at_word("not")) return false;
    const Token& next = following();
    return next.kind != Token::Kind::kSymbol || next.source == "(";
  }

  Result<Filter> negation() {
    const bool negates = at_negation();
    if (!negates && !at_symbol("(")) return comparison();
    if (++depth_ > kFilterDepthLimit) return fault(current(), "Parentheses and `not` nest at most 32 deep.");
    take();
    auto inner = negates ? negation() : disjunction();
    --depth_;
    if (!inner) return inner;
    if (negates) return Filter::negated(std::move(*inner));
    if (!at_symbol(")")) return unexpected("`and`, `or` or `)`");
    take();
    return inner;
  }

  Result<Filter> comparison() {
    if (current().kind != Token::Kind::kWord) return unexpected("a field, `not` or `(`");
    if (++use_.comparisons > kComparisonLimit) return fault(current(), "A request takes at most 200 comparisons; this is one too many.");
    const Token& name = take();
    const auto ordinal = model_.queryable(name.source);
    if (!ordinal) return unknown_field(name);
    for (const SimpleOperator& simple : kSimpleOperators) {
      if (at_symbol(simple.text) || at_word(simple.text)) return simple_comparison(*ordinal, simple.comparison);
    }
    if (at_word("not")) return not_in(*ordinal);
    if (at_word("between")) return between(*ordinal);
    if (at_word("is")) return null_test(*ordinal);
    return unknown_operator(*ordinal);
  }

  Error unknown_field(const Token& name) const {
    return fault(name,
                 "`" + model_.name + "` has no field " + shown(name.source) + "." + did_you_mean(name.source, queryable_names(model_)));
  }

  Error unknown_operator(std::size_t ordinal) const {
    if (current().kind != Token::Kind::kWord) return unexpected("an operator for `" + model_.field(ordinal).name + "`");
    std::string detail = shown(current().source) + " is not an operator of filter text.";
    if (const auto named = comparison_named(current().source)) {
      return fault(current(), detail + " Did you mean `" + std::string(spelled(*named, Spelling::kText)) + "`?");
    }
    constexpr std::array<std::string_view, 10> kWords{"like",   "ilike",  "prefix",  "has",     "in",
                                                      "hasAny", "hasAll", "between", "is null", "not in"};
    return fault(current(), detail + did_you_mean(current().source, kWords));
  }

  // The operator is at the current token, the field takes it or not.
  Result<void> require(std::size_t ordinal, Comparison comparison) const {
    if (has_comparison(model_.field(ordinal), comparison)) return {};
    return fault(current(), lacking(model_.field(ordinal), comparison, Spelling::kText));
  }

  Result<Filter> simple_comparison(std::size_t ordinal, Comparison comparison) {
    if (auto taken = require(ordinal, comparison); !taken) return taken.error();
    take();
    if (takes_list(comparison)) return list(ordinal, comparison);
    if (auto read = literal(ordinal, comparison); !read) return read.error();
    return build(ordinal, comparison);
  }

  Result<Filter> not_in(std::size_t ordinal) {
    if (auto taken = require(ordinal, Comparison::kNin); !taken) return taken.error();
    take();
    if (!at_word("in")) return unexpected("`in` after `not`");
    take();
    return list(ordinal, Comparison::kNin);
  }

  Result<Filter> between(std::size_t ordinal) {
    if (auto taken = require(ordinal, Comparison::kBetween); !taken) return taken.error();
    take();
    if (auto low = literal(ordinal, Comparison::kBetween); !low) return low.error();
    if (!at_word("and")) return unexpected("`and` between the two ends of `between`");
    take();
    if (auto high = literal(ordinal, Comparison::kBetween); !high) return high.error();
    return build(ordinal, Comparison::kBetween);
  }

  Result<Filter> null_test(std::size_t ordinal) {
    if (auto taken = require(ordinal, Comparison::kNull); !taken) return taken.error();
    take();
    const bool negated = at_word("not");
    if (negated) take();
    if (!at_word("null")) return unexpected(negated ? "`null` after `is not`" : "`null` or `not null` after `is`");
    take();
    texts_.assign(1, negated ? "false" : "true");
    return build(ordinal, Comparison::kNull);
  }

  Result<Filter> list(std::size_t ordinal, Comparison comparison) {
    if (!at_symbol("(")) return unexpected("`(` and a list of values");
    take();
    texts_.clear();
    literals_.clear();
    while (!at_symbol(")")) {
      if (!texts_.empty()) {
        if (!at_symbol(",")) return unexpected("`,` or `)`");
        take();
      }
      if (auto read = literal(ordinal, comparison); !read) return read.error();
    }
    take();
    return build(ordinal, comparison);
  }

  // Reads one value into texts_.
  Result<void> literal(std::size_t ordinal, Comparison comparison) {
    const Field& field = model_.field(ordinal);
    const Token::Kind kind = current().kind;
    if (kind != Token::Kind::kWord && kind != Token::Kind::kNumber && kind != Token::Kind::kString) return unexpected("a value");
    if (at_word("null"))
      return fault(current(), "`null` is not a value: write `" + field.name + " is null` or `" + field.name + " is not null`.");
    if (!fits(operand_field(field), current())) return wrong(current(), wrong_operand(field, comparison, Spelling::kText, 0));
    if (takes_list(comparison) && ++use_.list_values > kListValueLimit) {
      return fault(current(), "The lists of a request take at most 1,000 values together; this is one too many.");
    }
    literals_.push_back(position_);
    texts_.push_back(literal_text(take()));
    return {};
  }

  Error wrong(const Token& token, const ConditionFault& found) const {
    return fault(token, found.expectation + "; got " + shown_literal(token) + ".");
  }
  static std::string shown_literal(const Token& token) {
    return token.kind == Token::Kind::kString ? shown(token.text) : std::string(token.source.substr(0, 80));
  }

  // The values read so far become the condition.
  Result<Filter> build(std::size_t ordinal, Comparison comparison) {
    const std::vector<std::string> texts = std::exchange(texts_, {});
    const std::vector<std::size_t> literals = std::exchange(literals_, {});
    auto filter = build_condition(model_, ordinal, comparison, texts, Spelling::kText);
    if (filter) return std::move(*filter);
    return wrong(tokens_[literals[filter.error().operand.value_or(0)]], filter.error());
  }

  const Model& model_;
  std::string_view text_;
  FilterUse& use_;
  std::vector<Token> tokens_;
  std::size_t position_ = 0;
  int depth_ = 0;
  std::vector<std::string> texts_;     // the values of the comparison being read
  std::vector<std::size_t> literals_;  // their tokens
};

}  // namespace

Result<Filter> parse_filter(const Model& model, std::string_view text, FilterUse& use) {
  return Parser(model, text, use).parse();
}

Result<Filter> parse_filter(const Model& model, std::string_view text) {
  FilterUse use;
  return parse_filter(model, text, use);
}

}  // namespace holdfast
