#include "engine/memory/filter.h"

#include <algorithm>
#include <string>

#include "base/unicode.h"

namespace holdfast::memory {
namespace {

// "ilike: two characters are equal iff utf8proc_tolower of them is equal."
std::u32string code_points(const std::string& text, bool ignore_case) {
  std::u32string points;
  for (std::size_t position = 0; position < text.size();) {
    const char32_t point = next_code_point(text, position);
    points.push_back(ignore_case ? lower(point) : point);
  }
  return points;
}

// "`%` any run, `_` one character, `\` escapes, case-sensitive, whole value."
// `reached[i]`: what has been read of the pattern can end before the value's character i.
bool like(const std::u32string& pattern, const std::u32string& value) {
  std::vector<bool> reached(value.size() + 1, false);
  reached[0] = true;
  for (std::size_t token = 0; token < pattern.size(); ++token) {
    if (pattern[token] == U'%') {
      std::fill(std::find(reached.begin(), reached.end(), true), reached.end(), true);
      continue;
    }
    const bool any_one = pattern[token] == U'_';
    if (pattern[token] == U'\\') ++token;  // "a backslash before any character means that character"
    std::vector<bool> next(value.size() + 1, false);
    for (std::size_t i = 0; i < value.size(); ++i) next[i + 1] = reached[i] && (any_one || value[i] == pattern.at(token));
    reached = std::move(next);
  }
  return reached.back();
}

bool is_like(const Value& value, const Value& pattern, bool ignore_case) {
  return like(code_points(pattern.text(), ignore_case), code_points(value.text(), ignore_case));
}

bool contains(const std::vector<Value>& values, const Value& wanted) {
  return std::find(values.begin(), values.end(), wanted) != values.end();
}

// The field is not null.
bool holds(const Condition& condition, const Value& value) {
  const std::vector<Value>& operands = condition.operands;
  const auto is_element = [&](const Value& wanted) { return contains(value.array(), wanted); };
  switch (condition.op) {
    case Operator::kEq:
      return value == operands.front();
    case Operator::kNe:
      return !(value == operands.front());
    // "Strings compare by code point, everywhere. No locale is ever consulted."
    case Operator::kGt:
      return compare(value, operands.front()) > 0;
    case Operator::kGte:
      return compare(value, operands.front()) >= 0;
    case Operator::kLt:
      return compare(value, operands.front()) < 0;
    case Operator::kLte:
      return compare(value, operands.front()) <= 0;
    // "`in` of the empty list is false, `nin` true."
    case Operator::kIn:
      return contains(operands, value);
    case Operator::kNin:
      return !contains(operands, value);
    case Operator::kLike:
      return is_like(value, operands.front(), false);
    case Operator::kIlike:
      return is_like(value, operands.front(), true);
    // "The empty prefix matches every value."
    case Operator::kPrefix:
      return value.text().starts_with(operands.front().text());
    // "`hasAny` of the empty list is false, `hasAll` true."
    case Operator::kHas:
    case Operator::kHasAny:
      return std::any_of(operands.begin(), operands.end(), is_element);
    case Operator::kHasAll:
      return std::all_of(operands.begin(), operands.end(), is_element);
    case Operator::kNull:
      return !operands.front().boolean();
  }
  return false;
}

// "A comparison whose field is null is false; `ne`, `nin` match records where the field is null. `[null]=true|false` tests for null."
bool holds_of_null(const Condition& condition) {
  switch (condition.op) {
    case Operator::kNe:
    case Operator::kNin:
      return true;
    case Operator::kNull:
      return condition.operands.front().boolean();
    default:
      return false;
  }
}

}  // namespace

bool matches(const Model& model, const Filter& filter, const Record& record) {
  const auto child_matches = [&](const Filter& child) { return matches(model, child, record); };
  switch (filter.kind) {
    case Filter::Kind::kAll:
      return std::all_of(filter.children.begin(), filter.children.end(), child_matches);
    case Filter::Kind::kAny:
      return std::any_of(filter.children.begin(), filter.children.end(), child_matches);
    // "`not` of false is true": two values, no third.
    case Filter::Kind::kNot:
      return !child_matches(filter.children.front());
    case Filter::Kind::kCondition: {
      const Value value = model.value_of(record, filter.condition.field);  // "scalars reached by dotted path"
      return value.is_null() ? holds_of_null(filter.condition) : holds(filter.condition, value);
    }
  }
  return false;
}

}  // namespace holdfast::memory
