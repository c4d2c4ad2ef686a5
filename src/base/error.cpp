#include "base/error.h"

#include <array>
#include <ostream>

namespace holdfast {
namespace {

// In the order of the enumeration.
constexpr std::array<CodeDescription, 34> kDescriptions{{
    {"invalid_json", 400, "Invalid JSON"},
    {"invalid_encoding", 400, "Invalid encoding"},
    {"unknown_parameter", 400, "Unknown parameter"},
    {"invalid_parameter", 400, "Invalid parameter"},
    {"invalid_filter", 400, "Invalid filter"},
    {"invalid_cursor", 400, "Invalid cursor"},
    {"invalid_id", 400, "Invalid id"},
    {"bad_request", 400, "Bad request"},
    {"unauthenticated", 401, "Authentication required"},
    {"not_found", 404, "Not found"},
    {"unknown_collection", 404, "Unknown collection"},
    {"unknown_route", 404, "Unknown route"},
    {"method_not_allowed", 405, "Method not allowed"},
    {"not_acceptable", 406, "Not acceptable"},
    {"request_timeout", 408, "Request timeout"},
    {"unique_violation", 409, "Unique violation"},
    {"reference_violation", 409, "Reference violation"},
    {"idempotency_in_progress", 409, "Idempotent request in progress"},
    {"length_required", 411, "Length required"},
    {"precondition_failed", 412, "Precondition failed"},
    {"body_too_large", 413, "Body too large"},
    {"uri_too_long", 414, "URI too long"},
    {"unsupported_media_type", 415, "Unsupported media type"},
    {"validation_failed", 422, "Validation failed"},
    {"idempotency_key_reused", 422, "Idempotency key reused"},
    {"precondition_required", 428, "Precondition required"},
    {"headers_too_large", 431, "Headers too large"},
    {"internal", 500, "Internal error"},
    {"stored_value_invalid", 500, "Stored value invalid"},
    {"overloaded", 503, "Overloaded"},
    {"database_unavailable", 503, "Database unavailable"},
    {"outcome_unknown", 503, "Outcome unknown"},
    {"query_timeout", 504, "Query timeout"},
    {"storage_full", 507, "Storage full"},
}};

}  // namespace

const CodeDescription& describe(Code code) noexcept {
  return kDescriptions[static_cast<std::size_t>(code)];
}

Error::Error(Code code, std::string detail) : code(code), detail(std::move(detail)) {}

std::ostream& operator<<(std::ostream& out, const Error& error) {
  return out << describe(error.code).name << ": " << error.detail;
}

void throw_exception_from_error(const Error& error, const boost::source_location&) {
  throw std::logic_error("value() of an error: " + std::string(describe(error.code).name) + ": " + error.detail);
}

StartupError::StartupError(int exit_status, const std::string& message) : std::runtime_error(message), exit_status_(exit_status) {}

}  // namespace holdfast
