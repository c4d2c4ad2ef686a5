#pragma once
// gzip (zlib) and zstd (libzstd) of whole bodies, at the levels that cost least time a byte saved.

#include <string>
#include <string_view>

#include "http/message.h"
#include "http/negotiation.h"

namespace holdfast::http {

// Puts `-gzip` or `-zstd` at the end of the ETag.
void mark_etag(Response& response, Coding coding);

// Codes the body of `response` when the client wants it and it is worth it: Content-Encoding, and `-gzip` or `-zstd` at the end of the
// ETag. Always says Vary: Accept-Encoding.
void compress(const Request& request, Response& response);

std::string gzip(std::string_view bytes);
std::string zstd(std::string_view bytes);

}  // namespace holdfast::http
