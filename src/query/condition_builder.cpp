#include "query/condition_builder.h"

#include <algorithm>
#include <array>

#include "base/decimal.h"
#include "base/unicode.h"
#include "model/validator.h"

namespace holdfast {
namespace {

struct ComparisonName {
  std::string_view bracket;
  std::string_view text;
};

// In the order of the enumeration.
constexpr std::array<ComparisonName, 16> kNames{{
    {"eq", "="},
    {"ne", "!="},
    {"gt", ">"},
    {"gte", ">="},
    {"lt", "<"},
    {"lte", "<="},
    {"in", "in"},
    {"nin", "not in"},
    {"like", "like"},
    {"ilike", "ilike"},
    {"prefix", "prefix"},
    {"has", "has"},
    {"hasAny", "hasAny"},
    {"hasAll", "hasAll"},
    {"between", "between"},
    {"null", "is null"},
}};

Filter never() {
  return Filter::any({});
}
Filter always() {
  return Filter::all({});
}

Filter condition(std::size_t field, Operator op, std::vector<Value> operands) {
  return Filter::on({field, op, std::move(operands)});
}
Filter condition(std::size_t field, Operator op, Value operand) {
  std::vector<Value> operands;
  operands.push_back(std::move(operand));
  return condition(field, op, std::move(operands));
}

// A comparison that every value satisfies is still false for null.
Filter is_not_null(std::size_t field) {
  return condition(field, Operator::kNull, Value(false));
}

// `from 2026-01-01T00:00:00 02:00`: the query string turned the offset's plus into a space.
std::string with_offset_sign(std::string_view text) {
  std::string repaired(text);
  constexpr std::size_t kOffsetLength = 6;  // " 02:00"
  if (repaired.size() > kOffsetLength && repaired[repaired.size() - kOffsetLength] == ' ') repaired[repaired.size() - kOffsetLength] = '+';
  return repaired;
}

bool is_free_text(const Field& field) noexcept {
  return field.kind == Kind::kString && !field.is_enum() && !field.is_reference() && field.format != Format::kUuid;
}

// Of scalars, and no member of an object: only such an array is searched for its elements.
bool has_elements(const Field& field) noexcept {
  return field.kind == Kind::kArray && field.element->is_scalar() && field.name.find('.') == std::string::npos;
}

// A value of the field; nothing when the text is none. Not for decimals.
std::optional<Value> read_value(const Model& model, const Field& field, std::string_view text) {
  if (field.role == Role::kId && field.kind == Kind::kString) return parse_id(model, text);
  if (is_free_text(field)) return Value(std::string(text));
  if (field.kind == Kind::kDateTime) return parse_text_value(field, with_offset_sign(text));
  return parse_text_value(field, text);
}

// What a text is when compared for equality.
struct Equal {
  enum class Outcome : std::uint8_t { kValue, kNoSuchValue, kMalformed };  // no such value: 1.999 at scale 2 equals nothing
  Outcome outcome = Outcome::kMalformed;
  Value value;
};

Equal read_equal(const Model& model, const Field& field, std::string_view text) {
  if (field.kind == Kind::kDecimal) {
    if (!is_json_number(text)) return {};
    const DecimalPosition position = locate_decimal(text, field.scale);
    if (position.beyond != 0 || !position.exact) return {Equal::Outcome::kNoSuchValue, {}};
    return {Equal::Outcome::kValue, Value(position.floor)};
  }
  const bool transforms = field.kind == Kind::kString && (field.trim || field.lowercase);
  auto value = transforms ? read_value(model, field, transformed(field, text)) : read_value(model, field, text);
  if (!value) return {};
  return {Equal::Outcome::kValue, std::move(*value)};
}

// eq ne has
ConditionResult build_equality(const Model& model, std::size_t ordinal, Comparison comparison, const std::string& text, Spelling spelling) {
  const Field& field = model.field(ordinal);
  Equal equal = read_equal(model, operand_field(field), text);
  if (equal.outcome == Equal::Outcome::kMalformed) return wrong_operand(field, comparison, spelling, 0);
  if (equal.outcome == Equal::Outcome::kNoSuchValue) return comparison == Comparison::kNe ? always() : never();
  const Operator op = comparison == Comparison::kEq ? Operator::kEq : comparison == Comparison::kNe ? Operator::kNe : Operator::kHas;
  return condition(ordinal, op, std::move(equal.value));
}

// in nin hasAny hasAll
ConditionResult build_list(const Model& model, std::size_t ordinal, Comparison comparison, std::span<const std::string> texts,
                           Spelling spelling) {
  const Field& field = model.field(ordinal);
  std::vector<Value> values;
  bool every_value_exists = true;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    Equal equal = read_equal(model, operand_field(field), texts[i]);
    if (equal.outcome == Equal::Outcome::kMalformed) return wrong_operand(field, comparison, spelling, i);
    if (equal.outcome == Equal::Outcome::kValue) {
      values.push_back(std::move(equal.value));
    } else {
      every_value_exists = false;
    }
  }
  switch (comparison) {
    case Comparison::kNin:
      return values.empty() ? always() : condition(ordinal, Operator::kNin, std::move(values));
    case Comparison::kHasAll:
      if (!every_value_exists) return never();
      return values.empty() ? is_not_null(ordinal) : condition(ordinal, Operator::kHasAll, std::move(values));
    default:
      if (values.empty()) return never();
      return condition(ordinal, comparison == Comparison::kIn ? Operator::kIn : Operator::kHasAny, std::move(values));
  }
}

Operator range_operator(Comparison comparison) noexcept {
  switch (comparison) {
    case Comparison::kGt:
      return Operator::kGt;
    case Comparison::kGte:
      return Operator::kGte;
    case Comparison::kLt:
      return Operator::kLt;
    default:
      return Operator::kLte;
  }
}

// Between two units f and f + 1 there is no value: `> x` and `>= x` are `> f`, `< x` and `<= x` are `<= f`.
Filter decimal_range(std::size_t ordinal, Operator op, const DecimalPosition& position) {
  const bool upwards = op == Operator::kGt || op == Operator::kGte;
  if (position.beyond != 0) return upwards == (position.beyond < 0) ? is_not_null(ordinal) : never();
  if (!position.exact) op = upwards ? Operator::kGt : Operator::kLte;
  return condition(ordinal, op, Value(position.floor));
}

// gt gte lt lte, and each half of between
std::optional<Filter> range(const Model& model, std::size_t ordinal, Operator op, const std::string& text) {
  const Field& field = model.field(ordinal);
  if (field.kind == Kind::kDecimal) {
    if (!is_json_number(text)) return std::nullopt;
    return decimal_range(ordinal, op, locate_decimal(text, field.scale));
  }
  auto value = read_value(model, field, text);
  if (!value) return std::nullopt;
  return condition(ordinal, op, std::move(*value));
}

ConditionResult build_range(const Model& model, std::size_t ordinal, Comparison comparison, const std::string& text, Spelling spelling) {
  auto filter = range(model, ordinal, range_operator(comparison), text);
  if (!filter) return wrong_operand(model.field(ordinal), comparison, spelling, 0);
  return std::move(*filter);
}

ConditionResult build_between(const Model& model, std::size_t ordinal, std::span<const std::string> texts, Spelling spelling) {
  const Field& field = model.field(ordinal);
  if (texts.size() != 2) {
    return ConditionFault{subject(field, Comparison::kBetween, spelling) + " takes exactly two values, not " + std::to_string(texts.size()),
                          std::nullopt};
  }
  std::vector<Filter> ends;
  for (std::size_t i = 0; i < 2; ++i) {
    auto end = range(model, ordinal, i == 0 ? Operator::kGte : Operator::kLte, texts[i]);
    if (!end) return wrong_operand(field, Comparison::kBetween, spelling, i);
    ends.push_back(std::move(*end));
  }
  return Filter::all(std::move(ends));
}

// A backslash makes the next character mean itself, so a last one alone means nothing.
bool ends_in_lone_backslash(std::string_view pattern) noexcept {
  const std::size_t last_other = pattern.find_last_not_of('\\');
  const std::size_t backslashes = pattern.size() - (last_other == std::string_view::npos ? 0 : last_other + 1);
  return backslashes % 2 == 1;
}

// like ilike
ConditionResult build_pattern(const Field& field, std::size_t ordinal, Comparison comparison, const std::string& text, Spelling spelling) {
  if (ends_in_lone_backslash(text)) return ConditionFault{subject(field, comparison, spelling) + " must not end in a lone `\\`", 0};
  if (count_code_points(text) > kPatternLimit) {
    return ConditionFault{subject(field, comparison, spelling) + " must be a pattern of at most 500 characters", 0};
  }
  return condition(ordinal, comparison == Comparison::kLike ? Operator::kLike : Operator::kIlike, Value(text));
}

std::string expected(const Field& field) {
  const bool own_form = field.role == Role::kId && field.kind == Kind::kString && field.format != Format::kUuid;
  return own_form ? "an id of this collection" : expected_type(field);
}

}  // namespace

std::optional<Comparison> comparison_named(std::string_view name) noexcept {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i].bracket == name) return static_cast<Comparison>(i);
  }
  return std::nullopt;
}

std::vector<std::string_view> comparison_names() {
  std::vector<std::string_view> names;
  for (const ComparisonName& name : kNames) names.push_back(name.bracket);
  return names;
}

std::string_view spelled(Comparison comparison, Spelling spelling) noexcept {
  const ComparisonName& name = kNames[static_cast<std::size_t>(comparison)];
  return spelling == Spelling::kBracket ? name.bracket : name.text;
}

std::string subject(const Field& field, Comparison comparison, Spelling spelling) {
  const std::string op(spelled(comparison, spelling));
  return spelling == Spelling::kBracket ? field.name + "[" + op + "]" : field.name + " " + op;
}

bool takes_list(Comparison comparison) noexcept {
  return comparison == Comparison::kIn || comparison == Comparison::kNin || comparison == Comparison::kHasAny ||
         comparison == Comparison::kHasAll || comparison == Comparison::kBetween;
}

bool has_comparison(const Field& field, Comparison comparison) noexcept {
  switch (comparison) {
    case Comparison::kEq:
    case Comparison::kNe:
    case Comparison::kIn:
    case Comparison::kNin:
      return field.is_scalar();
    case Comparison::kNull:
      return field.role != Role::kId;
    case Comparison::kHas:
    case Comparison::kHasAny:
    case Comparison::kHasAll:
      return has_elements(field);
    case Comparison::kLike:
    case Comparison::kIlike:
    case Comparison::kPrefix:
      return is_free_text(field) && field.role != Role::kId;
    default:
      return field.is_scalar() && field.role != Role::kId && !field.is_enum() && !field.is_reference() && field.kind != Kind::kBoolean;
  }
}

const Field& operand_field(const Field& field) noexcept {
  return field.kind == Kind::kArray ? *field.element : field;
}

std::string_view shape_of(const Field& field) noexcept {
  if (field.kind == Kind::kArray) return "an array";
  if (field.kind == Kind::kObject) return "an object";
  return field.kind == Kind::kJson ? "free-form JSON" : "";
}

std::string lacking(const Field& field, Comparison comparison, Spelling spelling) {
  std::string known;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    const auto candidate = static_cast<Comparison>(i);
    if (!has_comparison(field, candidate)) continue;
    if (!known.empty()) known += ", ";
    known += spelled(candidate, spelling);
  }
  std::string sentence = "`" + field.name + "` does not take `" + std::string(spelled(comparison, spelling)) + "`; it takes " + known + ".";
  if (has_elements(field)) {
    sentence += spelling == Spelling::kBracket ? " To find an element write `" + field.name + "[has]=…`."
                                               : " To find an element write `" + field.name + " has …`.";
  }
  return sentence;
}

ConditionFault wrong_operand(const Field& field, Comparison comparison, Spelling spelling, std::size_t operand) {
  std::string expectation = subject(field, comparison, spelling);
  if (takes_list(comparison)) expectation = "Each value of " + expectation;
  return {expectation + " must be " + (comparison == Comparison::kNull ? "true or false" : expected(operand_field(field))), operand};
}

ConditionResult build_condition(const Model& model, std::size_t field, Comparison comparison, std::span<const std::string> texts,
                                Spelling spelling) {
  switch (comparison) {
    case Comparison::kEq:
    case Comparison::kNe:
    case Comparison::kHas:
      return build_equality(model, field, comparison, texts.front(), spelling);
    case Comparison::kIn:
    case Comparison::kNin:
    case Comparison::kHasAny:
    case Comparison::kHasAll:
      return build_list(model, field, comparison, texts, spelling);
    case Comparison::kBetween:
      return build_between(model, field, texts, spelling);
    case Comparison::kLike:
    case Comparison::kIlike:
      return build_pattern(model.field(field), field, comparison, texts.front(), spelling);
    case Comparison::kPrefix:
      return texts.front().empty() ? is_not_null(field) : condition(field, Operator::kPrefix, Value(texts.front()));
    case Comparison::kNull:
      if (texts.front() != "true" && texts.front() != "false") return wrong_operand(model.field(field), comparison, spelling, 0);
      return condition(field, Operator::kNull, Value(texts.front() == "true"));
    default:
      return build_range(model, field, comparison, texts.front(), spelling);
  }
}

std::vector<std::string_view> queryable_names(const Model& model) {
  std::vector<std::string_view> names;
  const std::size_t count = model.fields.size() + model.nested.size();
  for (std::size_t ordinal = 0; ordinal < count; ++ordinal) {
    if (!model.field(model.holder(ordinal)).write_only) names.push_back(model.field(ordinal).name);
  }
  return names;
}

std::string shown(std::string_view text) {
  constexpr std::size_t kLongest = 80;
  std::string quoted = "\"";
  if (text.size() <= kLongest) return quoted.append(text) + '"';
  std::size_t end = kLongest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;  // between code points
  return quoted.append(text.substr(0, end)) + "…\"";
}

}  // namespace holdfast
