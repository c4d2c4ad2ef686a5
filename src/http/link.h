#pragma once
// Link: <…>; rel="next" (RFC 8288). Pure.

#include <string>
#include <string_view>

#include "http/message.h"

namespace holdfast::http {

// The request's own path and query with `cursor` replaced and `offset` dropped.
std::string next_target(const Request& request, std::string_view cursor);
// The same as the value of the header.
std::string next_link(const Request& request, std::string_view cursor);

}  // namespace holdfast::http
