#include "query/sort_order.h"

#include <algorithm>

#include "base/nearest.h"
#include "query/condition_builder.h"

namespace holdfast {
namespace {

constexpr std::size_t kMostSortKeys = 30;  // a cursor carries a value of each; MongoDB sorts by 32: these, the id and a rank

Error invalid(std::string detail) {
  return Error(Code::kInvalidParameter, std::move(detail));
}

Error unknown_key(const Model& model, std::string_view name) {
  if (name.empty()) return invalid("`sortBy` has an empty key; write field names with commas between them, as in `sortBy=name,-id`.");
  std::vector<std::string_view> names;
  for (const std::string_view known : queryable_names(model)) {
    if (model.field(*model.queryable(known)).is_scalar()) names.push_back(known);
  }
  return invalid("`sortBy` must name fields of `" + model.name + "`; got " + shown(name) + "." + did_you_mean(name, names));
}

}  // namespace

Result<RequestedSort> parse_sort_by(const Model& model, std::string_view sort_by) {
  RequestedSort requested;
  for (std::size_t start = 0; start <= sort_by.size();) {
    const std::size_t end = std::min(sort_by.find(',', start), sort_by.size());
    std::string_view name = sort_by.substr(start, end - start);
    start = end + 1;

    const char sign = name.empty() ? '\0' : name.front();
    const bool has_sign = sign == '-' || sign == '+' || sign == ' ';
    if (has_sign) name.remove_prefix(1);
    requested.is_signed |= has_sign;

    if (requested.keys.size() == kMostSortKeys) return invalid("`sortBy` takes at most " + std::to_string(kMostSortKeys) + " fields.");
    const auto ordinal = model.queryable(name);
    if (!ordinal) return unknown_key(model, name);
    if (const Field& field = model.field(*ordinal); !field.is_scalar()) {
      return invalid("`sortBy` cannot sort by `" + field.name + "`: it is " + std::string(shape_of(field)) + ".");
    }
    const bool repeated =
        std::any_of(requested.keys.begin(), requested.keys.end(), [&](const SortKey& key) { return key.field == *ordinal; });
    if (repeated) return invalid("`sortBy` names `" + std::string(name) + "` twice.");
    requested.keys.push_back({*ordinal, sign == '-'});
  }
  return requested;
}

Result<std::vector<SortKey>> total_order(const RequestedSort& requested, std::optional<std::string_view> sort_order) {
  if (sort_order && *sort_order != "asc" && *sort_order != "desc") {
    return invalid("`sortOrder` must be `asc` or `desc`; got " + shown(*sort_order) + ".");
  }
  if (sort_order && requested.is_signed)
    return invalid("`sortOrder` cannot stand beside a sort whose keys carry signs; sign every key instead.");

  std::vector<SortKey> sort;
  sort.reserve(requested.keys.size() + 1);
  for (SortKey key : requested.keys) {
    if (!requested.is_signed) key.descending = sort_order != "asc";
    sort.push_back(key);
    if (key.field == 0) return sort;
  }
  sort.push_back({0, sort.back().descending});
  return sort;
}

std::string sort_text(const Model& model, const std::vector<SortKey>& sort) {
  std::string text;
  for (const SortKey& key : sort) {
    if (!text.empty()) text += ',';
    text += (key.descending ? '-' : '+') + model.field(key.field).name;
  }
  return text;
}

}  // namespace holdfast
