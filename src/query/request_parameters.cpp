#include "query/request_parameters.h"

#include <string>

#include "base/nearest.h"

namespace holdfast {
namespace {

// In the order of the enumeration.
constexpr std::array<std::string_view, 9> kReservedNames{"limit",  "offset", "sortBy", "sortOrder", "cursor",
                                                         "fields", "filter", "count",  "q"};

constexpr std::array<Reserved, 9> kOfSearches{Reserved::kLimit,     Reserved::kOffset, Reserved::kSortBy,
                                              Reserved::kSortOrder, Reserved::kCursor, Reserved::kFields,
                                              Reserved::kFilter,    Reserved::kCount,  Reserved::kQuery};
constexpr std::span<const Reserved> kOfLists = std::span(kOfSearches).first<8>();
constexpr std::array<Reserved, 1> kOfCounts{Reserved::kFilter};
constexpr std::array<Reserved, 1> kOfItems{Reserved::kFields};

std::string_view name_of(Reserved reserved) noexcept {
  return kReservedNames[static_cast<std::size_t>(reserved)];
}

std::optional<Reserved> reserved_named(const Endpoint& endpoint, std::string_view name) noexcept {
  for (const Reserved candidate : endpoint.reserved) {
    if (name_of(candidate) == name) return candidate;
  }
  return std::nullopt;
}

Error unknown(const Model& model, const Endpoint& endpoint, std::string_view parameter, std::string_view field) {
  std::vector<std::string_view> known;
  for (const Reserved reserved : endpoint.reserved) known.push_back(name_of(reserved));
  if (endpoint.filters) {
    const std::vector<std::string_view> fields = queryable_names(model);
    known.insert(known.end(), fields.begin(), fields.end());
  }
  const std::string place =
      endpoint.filters ? " is neither a parameter here nor a filter on a field of `" + model.name + "`." : " is not a parameter here.";
  return Error(Code::kUnknownParameter, shown(parameter) + place + did_you_mean(field, known));
}

// `field`, `field[op]`; nothing when the brackets are not like that.
struct FilterName {
  std::string_view field;
  std::string_view op;
};
std::optional<FilterName> split_filter_name(std::string_view name) {
  const std::size_t bracket = name.find('[');
  if (bracket == std::string_view::npos) return FilterName{name, "eq"};
  if (name.back() != ']') return std::nullopt;
  return FilterName{name.substr(0, bracket), name.substr(bracket + 1, name.size() - bracket - 2)};
}

Result<Filter> field_filter(const Model& model, const Endpoint& endpoint, const Parameter& parameter, FilterUse& use) {
  const auto name = split_filter_name(parameter.name);
  if (!name || !endpoint.filters) return unknown(model, endpoint, parameter.name, parameter.name);
  const auto ordinal = model.queryable(name->field);
  if (!ordinal) return unknown(model, endpoint, parameter.name, name->field);
  return parse_bracket_filter(model, *ordinal, name->op, parameter.value, use);
}

}  // namespace

const Endpoint kListEndpoint{kOfLists, true};
const Endpoint kSearchEndpoint{kOfSearches, true};
const Endpoint kCountEndpoint{kOfCounts, true};
const Endpoint kItemEndpoint{kOfItems, false};

Result<RequestParameters> read_request_parameters(const Model& model, const Endpoint& endpoint, std::span<const Parameter> parameters) {
  RequestParameters read;
  FilterUse use;
  std::vector<Filter> filters;
  for (const Parameter& parameter : parameters) {
    if (const auto reserved = reserved_named(endpoint, parameter.name)) {
      auto& slot = read.reserved[static_cast<std::size_t>(*reserved)];
      if (slot) return Error(Code::kInvalidParameter, "`" + parameter.name + "` is given twice; it takes one value.");
      slot = parameter.value;
      continue;
    }
    auto filter = field_filter(model, endpoint, parameter, use);
    if (!filter) return filter.error();
    filters.push_back(std::move(*filter));
  }
  if (const auto text = read[Reserved::kFilter]) {
    auto filter = parse_filter(model, *text, use);
    if (!filter) return filter.error();
    filters.push_back(std::move(*filter));
  }
  read.filter = Filter::all(std::move(filters));
  return read;
}

}  // namespace holdfast
