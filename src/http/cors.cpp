#include "http/cors.h"

#include <algorithm>

namespace holdfast::http {
namespace {

constexpr std::string_view kExposed = "ETag, Link, Location, Idempotency-Replayed, X-Request-Id, Retry-After";
constexpr std::string_view kAllowedHeaders = "Authorization, Content-Type, If-Match, If-None-Match, Idempotency-Key, X-Request-Id";
constexpr std::string_view kMaxAge = "600";  // seconds; browsers cap it at 7,200

// True when the request's origin is admitted; says so in the answer.
bool admit(const CorsPolicy& policy, const Request& request, Response& response) {
  if (policy.origins.empty()) return false;
  const bool any = std::ranges::find(policy.origins, "*") != policy.origins.end();
  if (!any) response.headers.push_back({"Vary", "Origin"});
  const std::string* origin = request.header("Origin");
  if (origin == nullptr) return false;
  if (!any && std::ranges::find(policy.origins, *origin) == policy.origins.end()) return false;
  response.headers.push_back({"Access-Control-Allow-Origin", any ? "*" : *origin});
  return true;
}

}  // namespace

void add_cors(const CorsPolicy& policy, const Request& request, Response& response) {
  if (admit(policy, request, response)) response.headers.push_back({"Access-Control-Expose-Headers", std::string(kExposed)});
}

bool is_preflight(const Request& request) {
  return request.method == Method::kOptions && request.header("Origin") != nullptr &&
         request.header("Access-Control-Request-Method") != nullptr;
}

void add_preflight(const CorsPolicy& policy, const Request& request, std::string_view methods, Response& response) {
  if (!admit(policy, request, response)) return;
  response.headers.push_back({"Access-Control-Allow-Methods", std::string(methods)});
  response.headers.push_back({"Access-Control-Allow-Headers", std::string(kAllowedHeaders)});
  response.headers.push_back({"Access-Control-Max-Age", std::string(kMaxAge)});
}

}  // namespace holdfast::http
