#pragma once
// POST, PUT, PATCH and DELETE into a WritePlan: what their headers ask for, then what their body says. Pure.

#include <optional>
#include <vector>

#include "base/error.h"
#include "http/message.h"
#include "http/router.h"
#include "query/plan.h"

namespace holdfast::http {

// Everything that can be said of a write before its body is there: kind, id, preconditions, Idempotency-Key, media type, length. In this
// order: bad_request, invalid_id (and bad_request for an integer id that a PUT would make), unsupported_media_type, length_required,
// precondition_required. `conflict_key` is that of `onConflict`.
Result<WritePlan> read_write_head(const Request& request, const Route& route, std::optional<std::vector<std::size_t>> conflict_key);

struct WriteRequest {
  WritePlan plan;                  // without `now`, and without the id that the server makes
  std::vector<FieldError> errors;  // of the body; empty: it is valid as far as it can be said without the stored record
};

// Adds the body to what read_write_head() made. bad_request, invalid_json, invalid_encoding.
Result<WriteRequest> read_write_body(const Request& request, WritePlan head, int json_depth);

}  // namespace holdfast::http
