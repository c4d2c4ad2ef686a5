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

// Turns a 200 with this ETag into 304 or 412 where the request's conditions say so. For GET and HEAD.
Result<void> apply_conditions(const Request& request, const std::string& etag, Response& response);

}  // namespace holdfast::http
