#pragma once
// What a client accepts: media types and content codings (RFC 9110 §12.5). Pure.

#include <string>
#include <string_view>

namespace holdfast::http {

// True when an Accept header (empty: none was sent) admits `application/json`.
bool accepts_json(std::string_view accept);

enum class Coding { kIdentity, kGzip, kZstd, kNone };  // kNone: not even identity is acceptable

// The best coding for a body of `bytes`: zstd before gzip at equal weight; identity for small bodies unless it is refused.
Coding choose_coding(std::string_view accept_encoding, std::size_t bytes);

// `application/json`, or `application/merge-patch+json` when `patch`; charset utf-8 only.
bool is_json_media_type(std::string_view content_type, bool patch);

}  // namespace holdfast::http
