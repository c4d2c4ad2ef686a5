#pragma once
// The parameters of one request, told apart: those that the endpoint reserves and those that filter by a field. Pure.

#include <array>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "query/filter_parser.h"
#include "query/parameters.h"

namespace holdfast {

enum class Reserved : std::uint8_t { kLimit, kOffset, kSortBy, kSortOrder, kCursor, kFields, kFilter, kCount, kQuery };

// What an endpoint takes. A name is reserved only where it is taken; elsewhere it may be a field.
struct Endpoint {
  std::span<const Reserved> reserved;
  bool filters = false;  // by field: `price[gte]=10`
};
extern const Endpoint kListEndpoint;    // lists and finders
extern const Endpoint kSearchEndpoint;  // those of lists and `q`
extern const Endpoint kCountEndpoint;   // `filter` and fields
extern const Endpoint kItemEndpoint;    // `fields`

struct RequestParameters {
  std::array<std::optional<std::string_view>, 9> reserved;  // by Reserved; point into the parameters
  Filter filter;                                            // all field filters and the filter text

  std::optional<std::string_view> operator[](Reserved name) const noexcept { return reserved[static_cast<std::size_t>(name)]; }
};

// unknown_parameter (names the nearest), invalid_parameter (a reserved one twice, a bad filter value), invalid_filter.
Result<RequestParameters> read_request_parameters(const Model& model, const Endpoint& endpoint, std::span<const Parameter> parameters);

}  // namespace holdfast
