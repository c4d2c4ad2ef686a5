#pragma once
// Filter text and bracket filters into a Filter. product.md §2 has the grammar, semantics.md §2 and §7 the rules. Recursive descent; depth
// ≤ 32, terms ≤ 200.

#include <string_view>

#include "base/error.h"
#include "query/condition_builder.h"
#include "query/filter.h"

namespace holdfast {

inline constexpr int kFilterDepthLimit = 32;  // parentheses and `not`

// `(price >= 10 and price < 50) or category in ('livre','autre')`. Whatever is wrong is invalid_filter with its column.
// `use` counts what this and the other filters of the request use up.
Result<Filter> parse_filter(const Model& model, std::string_view text, FilterUse& use);
Result<Filter> parse_filter(const Model& model, std::string_view text);

// `field`, `eq`/`gte`/…, value: one bracket parameter. unknown_parameter for an unknown operator, invalid_parameter for a bad value.
Result<Filter> parse_bracket_filter(const Model& model, std::size_t field, std::string_view op, std::string_view value, FilterUse& use);
Result<Filter> parse_bracket_filter(const Model& model, std::size_t field, std::string_view op, std::string_view value);

}  // namespace holdfast
