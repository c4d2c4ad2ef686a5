#include "http/compression.h"

#include <zlib.h>
#include <zstd.h>

#include <memory>
#include <stdexcept>

namespace holdfast::http {
namespace {

constexpr int kGzipLevel = 1;
constexpr int kGzipWindow = 15 + 16;  // 32 KiB, with a gzip header
constexpr int kGzipMemory = 8;
constexpr int kZstdLevel = 1;

}  // namespace

std::string gzip(std::string_view bytes) {
  z_stream stream{};
  if (deflateInit2(&stream, kGzipLevel, Z_DEFLATED, kGzipWindow, kGzipMemory, Z_DEFAULT_STRATEGY) != Z_OK) throw std::bad_alloc();
  const std::unique_ptr<z_stream, int (*)(z_stream*)> guard(&stream, deflateEnd);
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END) throw std::logic_error("gzip: the bound of deflate did not hold");
  out.resize(stream.total_out);
  return out;
}

std::string zstd(std::string_view bytes) {
  // One context a thread: making one costs more than coding a page.
  thread_local const std::unique_ptr<ZSTD_CCtx, std::size_t (*)(ZSTD_CCtx*)> context(ZSTD_createCCtx(), ZSTD_freeCCtx);
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  const std::size_t size = ZSTD_compressCCtx(context.get(), out.data(), out.size(), bytes.data(), bytes.size(), kZstdLevel);
  if (ZSTD_isError(size)) throw std::runtime_error(ZSTD_getErrorName(size));
  out.resize(size);
  return out;
}

void mark_etag(Response& response, Coding coding) {
  const std::string_view suffix = coding == Coding::kGzip ? "-gzip" : coding == Coding::kZstd ? "-zstd" : "";
  for (Header& header : response.headers) {
    if (header.name == "ETag" && header.value.ends_with('"')) header.value.insert(header.value.size() - 1, suffix);
  }
}

void compress(const Request& request, Response& response) {
  response.headers.push_back({"Vary", "Accept-Encoding"});
  const std::optional<std::string> accepted = request.combined("Accept-Encoding");
  if (!accepted) return;
  const Coding coding = choose_coding(*accepted, response.body.size());
  mark_etag(response, coding);
  switch (coding) {
    case Coding::kIdentity:
    case Coding::kNone:  // refused with 406 before it came to this, save where everybody is answered (/health/live)
      return;
    case Coding::kGzip:
      response.body = gzip(response.body);
      response.headers.push_back({"Content-Encoding", "gzip"});
      return;
    case Coding::kZstd:
      response.body = zstd(response.body);
      response.headers.push_back({"Content-Encoding", "zstd"});
      return;
  }
}

}  // namespace holdfast::http
