#pragma once
// Cross-origin resource sharing (WHATWG Fetch §3.2) for the origins of HOLDFAST_CORS_ORIGINS. Pure.

#include <string>
#include <vector>

#include "http/message.h"

namespace holdfast::http {

struct CorsPolicy {
  std::vector<std::string> origins;  // exact; "*" admits every origin; none: CORS is off
};

// Adds what a browser asks for on an ordinary answer.
void add_cors(const CorsPolicy& policy, const Request& request, Response& response);

// True for an OPTIONS request that a browser sends ahead.
bool is_preflight(const Request& request);

// Adds the answer to a preflight; `methods` as in Allow.
void add_preflight(const CorsPolicy& policy, const Request& request, std::string_view methods, Response& response);

}  // namespace holdfast::http
