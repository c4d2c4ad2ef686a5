#include "engine/testing/reference.h"

#include <algorithm>

#include "base/unicode.h"

namespace holdfast::testing {
namespace {

std::u32string code_points(std::string_view text, bool fold) {
  std::u32string out;
  for (std::size_t position = 0; position < text.size();) {
    const char32_t point = next_code_point(text, position);
    out.push_back(fold ? lower(point) : point);
  }
  return out;
}

// Tries every length of every `%`: slow and plain.
bool like(std::u32string_view pattern, std::u32string_view value) {
  if (pattern.empty()) return value.empty();
  if (pattern.front() == U'%') return like(pattern.substr(1), value) || (!value.empty() && like(pattern, value.substr(1)));
  if (value.empty()) return false;
  if (pattern.front() == U'_') return like(pattern.substr(1), value.substr(1));
  if (pattern.front() == U'\\') pattern.remove_prefix(1);
  return pattern.front() == value.front() && like(pattern.substr(1), value.substr(1));
}

bool contains(const std::vector<Value>& values, const Value& value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

bool holds(const Condition& condition, const Value& value) {
  const std::vector<Value>& operands = condition.operands;
  if (condition.op == Operator::kNull) return value.is_null() == operands.front().boolean();
  if (condition.op == Operator::kNe) return value.is_null() || !(value == operands.front());
  if (condition.op == Operator::kNin) return value.is_null() || !contains(operands, value);
  if (value.is_null()) return false;
  const auto has = [&](const Value& element) { return contains(value.array(), element); };
  switch (condition.op) {
    case Operator::kEq:
      return value == operands.front();
    case Operator::kGt:
      return compare(value, operands.front()) > 0;
    case Operator::kGte:
      return compare(value, operands.front()) >= 0;
    case Operator::kLt:
      return compare(value, operands.front()) < 0;
    case Operator::kLte:
      return compare(value, operands.front()) <= 0;
    case Operator::kIn:
      return contains(operands, value);
    case Operator::kLike:
      return like(code_points(operands.front().text(), false), code_points(value.text(), false));
    case Operator::kIlike:
      return like(code_points(operands.front().text(), true), code_points(value.text(), true));
    case Operator::kPrefix:
      return value.text().starts_with(operands.front().text());
    case Operator::kHas:
      return has(operands.front());
    case Operator::kHasAny:
      return std::any_of(operands.begin(), operands.end(), has);
    case Operator::kHasAll:
      return std::all_of(operands.begin(), operands.end(), has);
    default:
      return false;
  }
}

int compare_by(const std::vector<SortKey>& sort, const Record& record, const std::vector<Value>& key_values) {
  for (std::size_t i = 0; i < sort.size(); ++i) {
    const int order = compare(record.values[sort[i].field], key_values[i]);
    if (order != 0) return sort[i].descending ? -order : order;
  }
  return 0;
}

std::vector<Value> keys_of(const std::vector<SortKey>& sort, const Record& record) {
  std::vector<Value> values;
  for (const SortKey& key : sort) values.push_back(record.values[key.field]);
  return values;
}

}  // namespace

bool matches(const Model& model, const Filter& filter, const Record& record) {
  const auto child_matches = [&](const Filter& child) { return matches(model, child, record); };
  switch (filter.kind) {
    case Filter::Kind::kAll:
      return std::all_of(filter.children.begin(), filter.children.end(), child_matches);
    case Filter::Kind::kAny:
      return std::any_of(filter.children.begin(), filter.children.end(), child_matches);
    case Filter::Kind::kNot:
      return !child_matches(filter.children.front());
    case Filter::Kind::kCondition:
      return holds(filter.condition, record.values[filter.condition.field]);
  }
  return false;
}

std::vector<Record> page_of(const ListPlan& plan, const std::vector<Record>& records) {
  std::vector<Record> page;
  for (const Record& record : records) {
    if (!matches(*plan.model, plan.filter, record)) continue;
    if (!plan.after.empty() && compare_by(plan.sort, record, plan.after) <= 0) continue;
    page.push_back(record);
  }
  std::sort(page.begin(), page.end(),
            [&](const Record& a, const Record& b) { return compare_by(plan.sort, a, keys_of(plan.sort, b)) < 0; });
  page.erase(page.begin(), page.begin() + std::min<std::ptrdiff_t>(plan.offset, std::ssize(page)));
  if (std::ssize(page) > plan.limit + 1) page.resize(static_cast<std::size_t>(plan.limit) + 1);
  return page;
}

}  // namespace holdfast::testing
