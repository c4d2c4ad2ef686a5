#pragma once
// (field, operator, values as written) into an exact Filter: the one place that knows which operators a field has and what a value may be.
// Shared by filter text, brackets and finders, so that the spellings cannot differ. Pure.

#include <boost/system/result.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "query/filter.h"

namespace holdfast {

// The operators as people write them. `between` becomes gte and lte, so Operator has no such thing.
enum class Comparison : std::uint8_t {
  kEq,
  kNe,
  kGt,
  kGte,
  kLt,
  kLte,
  kIn,
  kNin,
  kLike,
  kIlike,
  kPrefix,
  kHas,
  kHasAny,
  kHasAll,
  kBetween,
  kNull
};

// How a request wrote a comparison, for messages: `price[gte]` or `price >=`.
enum class Spelling : std::uint8_t { kBracket, kText };

// The operator inside brackets: "gte". Case matters.
std::optional<Comparison> comparison_named(std::string_view name) noexcept;
std::vector<std::string_view> comparison_names();
// "gte" in brackets, ">=" in filter text.
std::string_view spelled(Comparison comparison, Spelling spelling) noexcept;
// `price[gte]`, `price >=`
std::string subject(const Field& field, Comparison comparison, Spelling spelling);

// in nin hasAny hasAll between
bool takes_list(Comparison comparison) noexcept;
// Of a nested field too: its name is its path, which tells.
bool has_comparison(const Field& field, Comparison comparison) noexcept;
// What values of this comparison are: the field, or the element of an array.
const Field& operand_field(const Field& field) noexcept;

// "an array", "an object", "free-form JSON"; empty for a scalar.
std::string_view shape_of(const Field& field) noexcept;

// One sentence for a comparison that the field lacks, with the ones it has.
std::string lacking(const Field& field, Comparison comparison, Spelling spelling);

// What a request may use up: a filter has at most 200 comparisons, and its lists together at most 1,000 values.
struct FilterUse {
  int comparisons = 0;
  int list_values = 0;
};
inline constexpr int kComparisonLimit = 200;
inline constexpr int kListValueLimit = 1'000;
inline constexpr std::size_t kPatternLimit = 500;  // code points of a `like` pattern

// Why values do not make a condition: a sentence without its end, so that the caller can add how the value was written.
struct ConditionFault {
  std::string expectation;             // "price[gte] must be a decimal"
  std::optional<std::size_t> operand;  // which value is wrong; nothing: their number
};
using ConditionResult = boost::system::result<Filter, ConditionFault>;

// The fault of a value that is not of the comparison's type.
ConditionFault wrong_operand(const Field& field, Comparison comparison, Spelling spelling, std::size_t operand);

// `field` has the comparison. One text, for lists any number, for null one of `true`, `false`.
ConditionResult build_condition(const Model& model, std::size_t field, Comparison comparison, std::span<const std::string> texts,
                                Spelling spelling);

// What filters and sorts may name, for messages: as Model::queryable() finds it.
std::vector<std::string_view> queryable_names(const Model& model);

// A value as messages show it: quoted, cut when long.
std::string shown(std::string_view text);

}  // namespace holdfast
