#pragma once
// For tests: a filter as one line that a person can check, with values as stored: `(price >= 1000 and not (tags has "bio"))`.

#include <string>
#include <variant>

#include "base/error.h"
#include "query/filter.h"

namespace holdfast::testing {

struct ValueText {
  std::string operator()(Absent) const { return "absent"; }
  std::string operator()(Null) const { return "null"; }
  std::string operator()(bool boolean) const { return boolean ? "true" : "false"; }
  std::string operator()(std::int64_t integer) const { return std::to_string(integer); }
  std::string operator()(double number) const { return std::to_string(number); }
  std::string operator()(const std::string& text) const { return '"' + text + '"'; }
  std::string operator()(const Value::Array& array) const { return "array of " + std::to_string(array.size()); }
};

inline std::string text_of(const Model& model, const Filter& filter) {
  static constexpr const char* kOperators[] = {"=",    "!=",    "gt",     "gte", "lt",     "lte",    "in",  "nin",
                                               "like", "ilike", "prefix", "has", "hasAny", "hasAll", "null"};
  if (filter.kind == Filter::Kind::kCondition) {
    const Condition& condition = filter.condition;
    std::string text = model.field(condition.field).name + " " + kOperators[static_cast<std::size_t>(condition.op)];
    for (const Value& operand : condition.operands) text += " " + std::visit(ValueText{}, operand.alternatives());
    return text;
  }
  if (filter.kind == Filter::Kind::kNot) return "not (" + text_of(model, filter.children.at(0)) + ")";
  const bool is_all = filter.kind == Filter::Kind::kAll;
  if (filter.children.empty()) return is_all ? "always" : "never";
  std::string text;
  for (const Filter& child : filter.children) text += (text.empty() ? "" : is_all ? " and " : " or ") + text_of(model, child);
  return "(" + text + ")";
}

// Of an error: `invalid_filter 7: detail`, the column only where there is one.
inline std::string text_of(const Error& error) {
  const std::string column = error.column ? " " + std::to_string(*error.column) : "";
  return std::string(describe(error.code).name) + column + ": " + error.detail;
}

inline std::string text_of(const Model& model, const Result<Filter>& filter) {
  return filter ? text_of(model, *filter) : text_of(filter.error());
}

}  // namespace holdfast::testing
