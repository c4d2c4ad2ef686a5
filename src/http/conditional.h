#pragma once
// If-Match and If-None-Match (RFC 9110 §13.1). Pure.

#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "http/message.h"
#include "query/plan.h"

namespace holdfast::http {

// The tags of a header, `-gzip` and `-zstd` taken off; nothing when the request has no such header. bad_request when it is malformed.
Result<std::optional<EntityTags>> entity_tags(const Request& request, std::string_view header);

// Of a GET or HEAD.
struct Conditions {
  std::optional<EntityTags> match, none_match;
};
// bad_request. Before anything is read: whoever sends nonsense is told so, also when there is nothing to read.
Result<Conditions> read_conditions(const Request& request);

// Turns a 200 with this ETag into 304, with the tag that the coded 200 would have had, or gives 412, where the conditions say so.
Result<void> apply_conditions(const Conditions& conditions, const Request& request, const std::string& etag, Response& response);

}  // namespace holdfast::http
