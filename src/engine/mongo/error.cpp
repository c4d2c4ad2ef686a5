#include "engine/mongo/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace holdfast::mongo {
namespace {

// https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml
constexpr std::uint32_t kUnreachable[] = {
    6,      // HostUnreachable
    7,      // HostNotFound
    89,     // NetworkTimeout
    91,     // ShutdownInProgress
    133,    // FailedToSatisfyReadPreference
    189,    // PrimarySteppedDown
    202,    // NetworkInterfaceExceededTimeLimit
    9001,   // SocketException
    10058,  // LegacyNotPrimary
    10107,  // NotWritablePrimary
    11600,  // InterruptedAtShutdown
    11602,  // InterruptedDueToReplStateChange
    13435,  // NotPrimaryNoSecondaryOk
    13436,  // NotPrimaryOrSecondary
};
constexpr std::uint32_t kRefusesUs[] = {11 /* UserNotFound */, 18 /* AuthenticationFailed */};
constexpr std::uint32_t kRefusesCommand[] = {13 /* Unauthorized */, 8000 /* AtlasError */};
constexpr std::uint32_t kTimedOut[] = {50 /* MaxTimeMSExpired */, 262 /* ExceededTimeLimit */};
constexpr std::uint32_t kContended[] = {
    24,   // LockTimeout
    46,   // LockBusy
    112,  // WriteConflict
    146,  // ExceededMemoryLimit
    292,  // QueryExceededMemoryLimitNoDiskUseAllowed
};
constexpr std::uint32_t kDiskFull[] = {14031 /* OutOfDiskSpace */};
constexpr std::uint32_t kTooLarge[] = {10334 /* BSONObjectTooLarge */, 17419 /* an update that makes it so */, 17420};
constexpr std::uint32_t kDuplicateKey[] = {11000, 11001, 12582};
// Said also when it has happened on one server: while it waits to be kept by a majority, or by a mongos that lost the shard it had asked.
constexpr std::uint32_t kMayHaveWritten[] = {
    6,      // HostUnreachable
    50,     // MaxTimeMSExpired
    64,     // WriteConcernFailed
    89,     // NetworkTimeout
    91,     // ShutdownInProgress
    133,    // FailedToSatisfyReadPreference
    189,    // PrimarySteppedDown
    202,    // NetworkInterfaceExceededTimeLimit
    262,    // ExceededTimeLimit
    9001,   // SocketException
    11600,  // InterruptedAtShutdown
    11601,  // Interrupted
    11602,  // InterruptedDueToReplStateChange
};

template <std::size_t N>
bool is_one_of(const std::uint32_t (&codes)[N], const bson_error_t& error) noexcept {
  return error.domain == MONGOC_ERROR_SERVER && std::find(std::begin(codes), std::end(codes), error.code) != std::end(codes);
}

bool is_refusal(const bson_error_t& error) noexcept {
  return is_one_of(kRefusesUs, error) || is_one_of(kRefusesCommand, error) ||
         (error.domain == MONGOC_ERROR_CLIENT && error.code == MONGOC_ERROR_CLIENT_AUTHENTICATE);
}

// Network errors that are found before anything is sent.
bool is_never_sent(const bson_error_t& error) noexcept {
  return error.code == MONGOC_ERROR_STREAM_CONNECT || error.code == MONGOC_ERROR_STREAM_NAME_RESOLUTION ||
         error.code == MONGOC_ERROR_PROTOCOL_BAD_WIRE_VERSION;
}

Error unreachable() {
  return Error(Code::kDatabaseUnavailable, "MongoDB cannot be reached, or has no primary now; try again.");
}

}  // namespace

Error error_of(const bson_error_t& error) {
  if (is_refusal(error)) return Error(Code::kDatabaseUnavailable, "MongoDB refuses the server's user; see its log.");
  if (is_unavailable(error)) return unreachable();
  if (is_one_of(kTimedOut, error)) return Error(Code::kQueryTimeout, "The query took longer than it may.");
  if (is_one_of(kContended, error)) return Error(Code::kOverloaded, "Another write is at the same record, or memory is short; try again.");
  if (is_one_of(kDiskFull, error)) {
    return Error(Code::kStorageFull, "The disk of MongoDB is full; nothing was written. Reads go on, and writes as soon as there is room.");
  }
  if (is_one_of(kTooLarge, error) || error.domain == MONGOC_ERROR_BSON) {
    return Error(Code::kBodyTooLarge, "The record is larger than MongoDB keeps (16 MB, with its search data).");
  }
  return Error(Code::kInternal, fmt::format("The database refused the command: {} (code {}).", error.message, error.code));
}

bool is_duplicate_key(const bson_error_t& error) noexcept {
  return is_one_of(kDuplicateKey, error);
}

// "E11000 duplicate key error collection: shop.items index: email_1 dup key: { email: "a" }"
std::string duplicate_key_name(const bson_error_t& error) {
  constexpr std::string_view kBefore = " index: ";
  constexpr std::string_view kBehind = " dup key:";
  const std::string_view message = error.message;
  const std::size_t start = message.find(kBefore);
  if (start == message.npos) return {};
  const std::string_view rest = message.substr(start + kBefore.size());
  const std::size_t end = rest.find(kBehind);
  return std::string(rest.substr(0, end));
}

bool is_unavailable(const bson_error_t& error) noexcept {
  return is_lost(error) || is_one_of(kUnreachable, error) || is_refusal(error);
}

bool is_gone(const bson_error_t& error) noexcept {
  return is_unavailable(error) && !is_one_of(kRefusesCommand, error);
}

bool is_lost(const bson_error_t& error) noexcept {
  return error.domain == MONGOC_ERROR_STREAM || error.domain == MONGOC_ERROR_SERVER_SELECTION || error.domain == MONGOC_ERROR_PROTOCOL;
}

bool is_outcome_unknown(const bson_error_t& error) noexcept {
  if (error.domain == MONGOC_ERROR_WRITE_CONCERN) return true;
  if (error.domain == MONGOC_ERROR_STREAM || error.domain == MONGOC_ERROR_PROTOCOL) return !is_never_sent(error);
  return is_one_of(kMayHaveWritten, error);
}

}  // namespace holdfast::mongo
