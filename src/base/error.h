#pragma once
// What a client can be told went wrong: a stable code, its HTTP status, and the facts of this occurrence.
//
// Codes are interface: each has an entry in docs/errors.md and a test that provokes it (tools/check_errors.py).
// An Error is a value: it travels in Result<T>. Exceptions are for start-up (StartupError) and broken invariants only.

#include <boost/system/result.hpp>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

enum class Code : std::uint8_t {
  kInvalidJson,
  kInvalidEncoding,
  kUnknownParameter,
  kInvalidParameter,
  kInvalidFilter,
  kInvalidCursor,
  kInvalidId,
  kBadRequest,
  kUnauthenticated,
  kNotFound,
  kUnknownCollection,
  kUnknownRoute,
  kMethodNotAllowed,
  kNotAcceptable,
  kRequestTimeout,
  kUniqueViolation,
  kReferenceViolation,
  kIdempotencyInProgress,
  kLengthRequired,
  kPreconditionFailed,
  kBodyTooLarge,
  kUriTooLong,
  kUnsupportedMediaType,
  kValidationFailed,
  kIdempotencyKeyReused,
  kPreconditionRequired,
  kHeadersTooLarge,
  kInternal,
  kStoredValueInvalid,
  kOverloaded,
  kDatabaseUnavailable,
  kOutcomeUnknown,
  kQueryTimeout,
  kStorageFull,
};

struct CodeDescription {
  std::string_view name;   // on the wire: "invalid_json"
  int status;              // HTTP status
  std::string_view title;  // one short phrase, the same for every occurrence
};

const CodeDescription& describe(Code code) noexcept;

// One failure inside a body. `code` is the JSON Schema keyword that failed, or ours: unknown_field read_only scale precision.
struct FieldError {
  std::string pointer;  // RFC 6901; "" is the whole body
  std::string code;
  std::string message;
  std::string limit;  // the keyword's limit as JSON text ("2", "[\"a\"]"), written under the name `code`; empty: none
};

class Error {
 public:
  Error() = default;  // Result<T>::error() needs one; nobody else does
  explicit Error(Code code, std::string detail = {});

  Code code = Code::kInternal;
  std::string detail;                 // one sentence: what, where, what to do
  std::vector<FieldError> errors;     // validation_failed: every failure of the body, in model order
  std::vector<std::string> fields;    // unique_violation: the clashing fields; reference_violation: those whose target is missing
  std::string collection;             // reference_violation of a removal: which collection still refers to the record
  std::optional<std::int64_t> count;  // and by how many records
  std::optional<int> column;          // invalid_filter: code points of the decoded text, from 1
};

// "invalid_json: The body is empty", for logs and test output.
std::ostream& operator<<(std::ostream& out, const Error& error);

// boost::system::result asks this when value() is called on an error: a broken invariant of the caller.
[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& location);

template <typename T>
using Result = boost::system::result<T, Error>;

// Thrown while starting only. what() is the whole message for the person at the terminal: what is wrong and what to do.
class StartupError : public std::runtime_error {
 public:
  // The exit status the process ends with: 69 database unreachable, 78 configuration.
  StartupError(int exit_status, const std::string& message);
  int exit_status() const noexcept { return exit_status_; }

 private:
  int exit_status_;
};

inline constexpr int kExitUsage = 64;
inline constexpr int kExitUnavailable = 69;
inline constexpr int kExitConfiguration = 78;

}  // namespace holdfast
