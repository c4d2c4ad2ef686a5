#pragma once
// Errors as RFC 9457 problem details: application/problem+json.

#include "base/error.h"
#include "http/message.h"

namespace holdfast::http {

// Status, body, and the headers that the code calls for (Retry-After on 503; the caller adds Allow on 405).
Response problem(const Error& error, std::string_view request_id);

}  // namespace holdfast::http
