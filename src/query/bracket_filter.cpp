#include <string>
#include <vector>

#include "base/nearest.h"
#include "query/filter_parser.h"

namespace holdfast {
namespace {

// `a,b\,c` is "a" and "b,c". The empty text is the empty list.
std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> values;
  if (text.empty()) return values;
  values.emplace_back();
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escapes = text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == ',' || text[i + 1] == '\\');
    if (escapes) {
      values.back() += text[++i];
    } else if (text[i] == ',') {
      values.emplace_back();
    } else {
      values.back() += text[i];
    }
  }
  return values;
}

Error invalid(std::string detail) {
  return Error(Code::kInvalidParameter, std::move(detail));
}

}  // namespace

Result<Filter> parse_bracket_filter(const Model& model, std::size_t ordinal, std::string_view op, std::string_view value, FilterUse& use) {
  const Field& field = model.field(ordinal);
  const auto comparison = comparison_named(op);
  if (!comparison) {
    return Error(Code::kUnknownParameter,
                 "`" + field.name + "[…]` names an unknown operator, " + shown(op) + "." + did_you_mean(op, comparison_names()));
  }
  if (!has_comparison(field, *comparison)) return invalid(lacking(field, *comparison, Spelling::kBracket));
  if (++use.comparisons > kComparisonLimit)
    return invalid("A request takes at most 200 comparisons; `" + field.name + "` is one too many.");

  std::vector<std::string> texts;
  if (takes_list(*comparison)) {
    texts = split_list(value);
    use.list_values += static_cast<int>(texts.size());
    if (use.list_values > kListValueLimit) {
      return invalid("The lists of a request take at most 1,000 values together; " + subject(field, *comparison, Spelling::kBracket) +
                     " exceeds that.");
    }
  } else {
    texts.emplace_back(value);
  }
  auto filter = build_condition(model, ordinal, *comparison, texts, Spelling::kBracket);
  if (filter) return std::move(*filter);
  const ConditionFault& fault = filter.error();
  return invalid(fault.expectation + (fault.operand ? "; got " + shown(texts[*fault.operand]) : std::string()) + ".");
}

Result<Filter> parse_bracket_filter(const Model& model, std::size_t field, std::string_view op, std::string_view value) {
  FilterUse use;
  return parse_bracket_filter(model, field, op, value, use);
}

}  // namespace holdfast
