// Filter text. Besides not crashing: limits hold, a refusal points into the text, equal texts have equal fingerprints.

#include <algorithm>
#include <string>

#include "base/unicode.h"
#include "fuzz.h"
#include "query/filter_parser.h"
#include "query/testing_model.h"

namespace holdfast::fuzz {
namespace {

const Model kWide = testing::wide_model();
const Model kNested = testing::orders_model();

struct Size {
  int depth = 0;
  int conditions = 0;
};

void measure(const Model& model, const Filter& filter, int depth, Size& size) {
  size.depth = std::max(size.depth, depth);
  if (filter.kind != Filter::Kind::kCondition) {
    for (const Filter& child : filter.children) measure(model, child, depth + 1, size);
    return;
  }
  ++size.conditions;
  const Condition& condition = filter.condition;
  require(condition.field < model.fields.size() + model.nested.size(), "a condition is on a field of the model");
  require(!model.field(model.holder(condition.field)).write_only, "nobody asks for what is write-only");
  require(!condition.operands.empty(), "no condition without operands");
  for (const Value& operand : condition.operands) require(!operand.is_absent() && !operand.is_null(), "operands are values");
}

void check(const Model& model, std::string_view input) {
  const auto filter = parse_filter(model, input);
  if (!filter) {
    require(!filter.error().detail.empty(), "a refusal has a reason");
    if (filter.error().column)
      require(*filter.error().column >= 1 && *filter.error().column <= static_cast<int>(input.size()) + 1, "its column is in the text");
    return;
  }
  Size size;
  measure(model, *filter, 0, size);
  require(size.conditions <= 400, "`between` makes two conditions of one term, nothing makes more");
  require(size.depth <= 2 * kFilterDepthLimit + 4, "depth has its limit");
  const auto again = parse_filter(model, input);
  require(again && fingerprint(model, *again) == fingerprint(model, *filter), "equal texts have equal fingerprints");
}

}  // namespace

void run(std::string_view input) {
  check(kWide, input);
  check(kNested, input);
}

}  // namespace holdfast::fuzz
