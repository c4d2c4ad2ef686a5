#include "engine/sql/condition.h"

#include <algorithm>
#include <vector>

namespace holdfast::sql {
namespace {

// One condition on one field, with what it needs at hand.
class ConditionWriter {
 public:
  ConditionWriter(Statement& out, const Dialect& dialect, const Model& model, const Condition& condition)
      : out_(out), dialect_(dialect), model_(model), condition_(condition) {}

  void write();

 private:
  void text(std::string_view text) { out_.text.append(text); }
  void field() { dialect_.append_field(out_.text, model_, condition_.field); }
  void operand(const Value& value) { text(dialect_.add_operand(out_, model_, condition_.field, value)); }

  void compare(std::string_view op);
  void in();
  void nin();
  void range(const std::string& prefix);
  void prefix();
  void like(bool ignore_case);
  void has_all();
  void present();

  Statement& out_;
  const Dialect& dialect_;
  const Model& model_;
  const Condition& condition_;
};

void ConditionWriter::compare(std::string_view op) {
  field();
  text(" ");
  text(op);
  text(" ");
  operand(condition_.operands.front());
}

void ConditionWriter::in() {
  if (condition_.operands.empty()) return text("false");
  dialect_.append_in(out_, model_, condition_.field, condition_.operands);
}

void ConditionWriter::nin() {
  if (condition_.operands.empty()) return text("true");
  text("(");
  in();
  text(") is not true");
}

void ConditionWriter::present() {
  field();
  text(" is not null");
}

void ConditionWriter::range(const std::string& prefix) {
  field();
  text(" >= ");
  operand(Value(prefix));
  if (std::string end = successor(prefix); !end.empty()) {
    text(" and ");
    field();
    text(" < ");
    operand(Value(std::move(end)));
  }
}

void ConditionWriter::prefix() {
  const std::string& prefix = condition_.operands.front().text();
  if (prefix.empty()) return present();
  text("(");
  range(prefix);
  text(")");
}

void ConditionWriter::like(bool ignore_case) {
  const std::string& pattern = condition_.operands.front().text();
  const std::string prefix = ignore_case ? std::string() : literal_prefix(pattern);
  text("(");
  if (!prefix.empty()) {  // lets an index narrow the search
    range(prefix);
    text(" and ");
  }
  dialect_.append_like(out_, model_, condition_.field, pattern, ignore_case);
  text(")");
}

void ConditionWriter::has_all() {
  if (condition_.operands.empty()) return present();
  dialect_.append_has_all(out_, model_, condition_.field, condition_.operands);
}

void ConditionWriter::write() {
  switch (condition_.op) {
    case Operator::kEq:
      return compare("=");
    case Operator::kNe:
      return compare(may_be_null(model_, condition_.field) ? dialect_.is_distinct() : "<>");
    case Operator::kGt:
      return compare(">");
    case Operator::kGte:
      return compare(">=");
    case Operator::kLt:
      return compare("<");
    case Operator::kLte:
      return compare("<=");
    case Operator::kIn:
      return in();
    case Operator::kNin:
      return nin();
    case Operator::kLike:
      return like(false);
    case Operator::kIlike:
      return like(true);
    case Operator::kPrefix:
      return prefix();
    case Operator::kHas:
    case Operator::kHasAny:
      if (condition_.operands.empty()) return text("false");
      return dialect_.append_has_any(out_, model_, condition_.field, condition_.operands);
    case Operator::kHasAll:
      return has_all();
    case Operator::kNull:
      field();
      return text(condition_.operands.front().boolean() ? " is null" : " is not null");
  }
}

// How much a parser has to hold while it reads the filter: a parenthesis is one thing, what stands to the left of it two more.
std::size_t parser_load(const Filter& filter) {
  std::size_t heaviest = 0;
  std::size_t second = 0;
  for (const Filter& child : filter.children) {
    const std::size_t load = parser_load(child);
    second = std::max(second, std::min(load, heaviest));
    heaviest = std::max(heaviest, load);
  }
  if (filter.children.empty()) return 0;
  return 1 + (filter.children.size() == 1 ? heaviest : std::max(heaviest, second + 2));
}

// SQLite's parser holds 100 things, which the 32 levels of a filter would exceed: so the heaviest child goes first, with nothing to its
// left.
const Filter& first_to_read(const std::vector<Filter>& children) {
  return *std::max_element(children.begin(), children.end(),
                           [](const Filter& a, const Filter& b) { return parser_load(a) < parser_load(b); });
}

void append_children(Statement& out, const Dialect& dialect, const Model& model, const Filter& filter, std::string_view conjunction,
                     std::string_view of_none) {
  if (filter.children.empty()) {
    out.text.append(of_none);
    return;
  }
  const Filter& first = first_to_read(filter.children);
  out.text.push_back('(');
  append_condition(out, dialect, model, first);
  for (const Filter& child : filter.children) {
    if (&child == &first) continue;
    out.text.append(conjunction);
    append_condition(out, dialect, model, child);
  }
  out.text.push_back(')');
}

}  // namespace

void append_condition(Statement& out, const Dialect& dialect, const Model& model, const Filter& filter) {
  switch (filter.kind) {
    case Filter::Kind::kAll:
      return append_children(out, dialect, model, filter, " and ", "true");
    case Filter::Kind::kAny:
      return append_children(out, dialect, model, filter, " or ", "false");
    case Filter::Kind::kNot:
      out.text.push_back('(');
      append_condition(out, dialect, model, filter.children.front());
      out.text.append(") is not true");
      return;
    case Filter::Kind::kCondition:
      return ConditionWriter(out, dialect, model, filter.condition).write();
  }
}

}  // namespace holdfast::sql
