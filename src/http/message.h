#pragma once
// A request as parsed and an answer as made; and Handler, the seam between the sockets (listener, session) and the API (router,
// resource_api).

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/loop.h"

namespace holdfast::http {

enum class Method : std::uint8_t { kGet, kHead, kPost, kPut, kPatch, kDelete, kOptions, kOther };

struct Header {
  std::string name;  // as written; compared without case
  std::string value;
};

struct Request {
  Method method = Method::kGet;
  std::string method_text;
  std::string target;  // origin form as sent, not decoded
  std::vector<Header> headers;
  std::string body;       // empty until read
  bool has_body = false;  // Content-Length (also 0) or chunked was given
  std::string id;         // X-Request-Id of the client when well formed, else ours

  std::string_view path() const noexcept;   // of target, before `?`
  std::string_view query() const noexcept;  // behind `?`, or empty
  // First header of that name, compared without case; null when there is none.
  const std::string* header(std::string_view name) const noexcept;
  // All headers of that name as one list, joined by commas (RFC 9110 §5.3); nothing when there is none.
  std::optional<std::string> combined(std::string_view name) const;
};

struct Response {
  int status = 200;
  std::string_view content_type;  // a literal; empty: no Content-Type, and no body
  std::vector<Header> headers;    // not Content-Type, Content-Length, Date, Connection, X-Request-Id: the session writes those
  std::string body;               // for HEAD as for GET: the session leaves it out
  bool close = false;             // close the connection after this answer
};

// Answers requests of one loop. Not thread-safe. Never throws for what a client does.
class Handler {
 public:
  virtual ~Handler() = default;

  // Called when the head is there and a body follows: an answer means that the body is not wanted (route, method, key, parameters,
  // media type, length: semantics.md §7, "Order of checks"). Nothing: read the body, then handle().
  virtual std::optional<Response> refuse(const Request& request) = 0;

  // The whole request is there. `request` outlives the awaited call.
  virtual awaitable<Response> handle(const Request& request) = 0;
};

}  // namespace holdfast::http
