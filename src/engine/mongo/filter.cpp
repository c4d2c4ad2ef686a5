#include "engine/mongo/filter.h"

#include <algorithm>
#include <span>

#include "base/unicode.h"
#include "engine/like_pattern.h"
#include "engine/mongo/codec.h"
#include "engine/mongo/comparison.h"
#include "engine/mongo/document.h"

namespace holdfast::mongo {
namespace {

// Index bounds of nothing: MongoDB ends at once.
void append_never(bson_t& query) {
  Nested operators(query, kIdName);
  const NestedArray none(operators, "$in");
}

bool has_wildcard(std::string_view pattern) {
  const std::vector<LikeToken> tokens = like_tokens(pattern, false);
  return std::ranges::any_of(tokens, [](const LikeToken& token) { return token.kind != LikeToken::Kind::kCharacter; });
}

class ConditionWriter {
 public:
  ConditionWriter(bson_t& query, const Model& model, const Condition& condition)
      : query_(query), condition_(condition), comparison_(model, condition.field) {}

  void write();

 private:
  const Value& operand() const { return condition_.operands.front(); }

  void prefix();
  void like(bool ignore_case);
  void has_all();

  bson_t& query_;
  const Condition& condition_;
  const Comparison comparison_;
};

void append_range(bson_t& operators, const std::string& prefix) {
  append_text(operators, "$gte", prefix);
  if (const std::string end = successor(prefix); !end.empty()) append_text(operators, "$lt", end);
}

void ConditionWriter::prefix() {
  if (operand().text().empty()) return comparison_.append_present(query_);
  Nested operators(query_, comparison_.path());
  append_range(operators, operand().text());
}

// The range lets an index narrow the search.
void ConditionWriter::like(bool ignore_case) {
  const std::string& pattern = operand().text();
  if (!ignore_case && !has_wildcard(pattern)) return comparison_.append_equal(query_, Value(literal_prefix(pattern)));
  Nested operators(query_, comparison_.path());
  const std::string prefix = ignore_case ? std::string() : literal_prefix(pattern);
  if (!prefix.empty()) append_range(operators, prefix);
  append_text(operators, "$regex", regular_expression(pattern, ignore_case));
  append_text(operators, "$options", "s");
}

void ConditionWriter::has_all() {
  if (condition_.operands.empty()) return comparison_.append_present(query_);
  if (condition_.operands.size() == 1) return comparison_.append_equal(query_, operand());
  NestedArray all(query_, "$and");
  for (const Value& value : condition_.operands) {
    Nested one(all.get(), all.next_key());
    comparison_.append_equal(one, value);
  }
}

void ConditionWriter::write() {
  switch (condition_.op) {
    case Operator::kEq:
    case Operator::kHas:
      return comparison_.append_equal(query_, operand());
    case Operator::kNe:
      return comparison_.append_not_among(query_, condition_.operands);
    case Operator::kGt:
      return comparison_.append_order(query_, Order::kAbove, operand());
    case Operator::kGte:
      return comparison_.append_order(query_, Order::kAtLeast, operand());
    case Operator::kLt:
      return comparison_.append_order(query_, Order::kBelow, operand());
    case Operator::kLte:
      return comparison_.append_order(query_, Order::kAtMost, operand());
    case Operator::kIn:
    case Operator::kHasAny:
      if (condition_.operands.empty()) return append_never(query_);
      return comparison_.append_among(query_, condition_.operands);
    case Operator::kNin:
      if (condition_.operands.empty()) return;
      return comparison_.append_not_among(query_, condition_.operands);
    case Operator::kLike:
      return like(false);
    case Operator::kIlike:
      return like(true);
    case Operator::kPrefix:
      return prefix();
    case Operator::kHasAll:
      return has_all();
    case Operator::kNull:
      return operand().boolean() ? comparison_.append_null(query_) : comparison_.append_present(query_);
  }
}

void append_children(bson_t& query, std::string_view op, const Model& model, const Filter& filter) {
  NestedArray children(query, op);
  for (const Filter& child : filter.children) {
    Nested one(children.get(), children.next_key());
    append_filter(one, model, child);
  }
}

bool is_punctuation(char32_t point) {
  return point < 0x80 && !(point >= '0' && point <= '9') && !(point >= 'a' && point <= 'z') && !(point >= 'A' && point <= 'Z') &&
         point > ' ';
}

void append_character(std::string& out, const std::u32string& characters) {
  if (characters.size() > 1) out += '[';
  for (const char32_t point : characters) {
    if (is_punctuation(point)) out += '\\';
    append_code_point(out, point);
  }
  if (characters.size() > 1) out += ']';
}

}  // namespace

void append_filter(bson_t& query, const Model& model, const Filter& filter) {
  switch (filter.kind) {
    case Filter::Kind::kAll:
      if (filter.children.empty()) return;
      return append_children(query, "$and", model, filter);
    case Filter::Kind::kAny:
      if (filter.children.empty()) return append_never(query);
      return append_children(query, "$or", model, filter);
    case Filter::Kind::kNot:
      return append_children(query, "$nor", model, filter);
    case Filter::Kind::kCondition:
      return ConditionWriter(query, model, filter.condition).write();
  }
}

std::string regular_expression(std::string_view pattern, bool ignore_case) {
  const std::vector<LikeToken> tokens = like_tokens(pattern, ignore_case);
  const auto is_run = [](const LikeToken& token) { return token.kind == LikeToken::Kind::kAnyRun; };
  const bool is_open_in_front = !tokens.empty() && is_run(tokens.front());
  const bool is_open_behind = !tokens.empty() && is_run(tokens.back());
  const bool is_one_part = std::ranges::none_of(
      tokens, [&](const LikeToken& token) { return is_run(token) && &token != &tokens.front() && &token != &tokens.back(); });
  const bool is_searched = is_open_in_front && is_one_part;
  std::span<const LikeToken> rest(tokens);
  if (is_searched) rest = rest.subspan(1);
  if (is_open_behind && !rest.empty()) rest = rest.first(rest.size() - 1);
  auto runs = std::ranges::count_if(rest, is_run) + (is_open_behind ? 1 : 0);
  std::string out = is_searched ? "" : "\\A";
  bool in_group = false;
  for (const LikeToken& token : rest) {
    switch (token.kind) {
      case LikeToken::Kind::kAnyRun:
        if (in_group) out += ')';
        in_group = --runs > 0;
        out += in_group ? "(?>.*?" : ".*";
        break;
      case LikeToken::Kind::kAnyOne:
        out += '.';
        break;
      case LikeToken::Kind::kCharacter:
        append_character(out, token.characters);
        break;
    }
  }
  if (in_group) out += ')';
  return is_open_behind ? out : out + "\\z";
}

}  // namespace holdfast::mongo
