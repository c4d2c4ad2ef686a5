#pragma once
// The string formats that need a grammar of their own.

#include <string_view>

namespace holdfast {

// An ASCII mailbox as JSON Schema's `email` means it (RFC 5321 §4.1.2, dot-string local part); at most 254 characters.
bool is_email(std::string_view text);

// An absolute URI (RFC 3986 §3): a scheme and ASCII characters that a URI admits, percent escapes whole, at most one fragment.
bool is_uri(std::string_view text);

}  // namespace holdfast
