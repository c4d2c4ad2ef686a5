#pragma once
// `sortBy` and `sortOrder` into a total order. semantics.md §3. Pure.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "model/model.h"

namespace holdfast {

// `sortBy` as written: a sign on any key makes unsigned keys ascend.
struct RequestedSort {
  std::vector<SortKey> keys;  // the direction counts only when `is_signed`
  bool is_signed = false;
};

// `price,-createdAt`. A leading space is the `+` that the query string made a space.
// invalid_parameter: an unknown field, one that is no scalar, a repeated key, an empty one.
Result<RequestedSort> parse_sort_by(const Model& model, std::string_view sort_by);

// Gives unsigned keys the direction of `sort_order` (`asc`, `desc`; nothing: desc) and appends the id in the direction of the last key.
// Keys behind the id order nothing and are dropped. invalid_parameter: another word, or a sort_order beside signed keys.
Result<std::vector<SortKey>> total_order(const RequestedSort& requested, std::optional<std::string_view> sort_order);

// `+price,-createdAt,-id`, for messages: as `sortBy` takes it.
std::string sort_text(const Model& model, const std::vector<SortKey>& sort);

}  // namespace holdfast
