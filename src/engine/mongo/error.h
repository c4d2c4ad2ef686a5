#pragma once
// What the driver and the server say, as Errors. Pure.

#include <string>

#include "base/error.h"
#include "engine/mongo/handles.h"

namespace holdfast::mongo {

// Of a read, or of a write that is known not to have happened. (A duplicate key is the writer's own matter: here it is `internal`.)
Error error_of(const bson_error_t& error);

// The server refused the write since a key is taken.
bool is_duplicate_key(const bson_error_t& error) noexcept;
// The index that it named: "email_1"; empty: it named none.
std::string duplicate_key_name(const bson_error_t& error);

// The server cannot be reached, or does not serve us now.
bool is_unavailable(const bson_error_t& error) noexcept;
// The same, and nobody else would be served: not when it only may not run this command for us.
bool is_gone(const bson_error_t& error) noexcept;
// The connection broke, perhaps only because it was an old one.
bool is_lost(const bson_error_t& error) noexcept;
// The write was sent and may or may not be kept.
bool is_outcome_unknown(const bson_error_t& error) noexcept;

}  // namespace holdfast::mongo
