#pragma once
// Turns the bytes of one connection into requests, and refuses what RFC 9112 lets a server refuse.
//
// Feed it what has arrived; it never keeps bytes of the caller. One parser serves a connection: reset() between requests.
// Lines are found here before Beast sees them, so that Beast gets whole heads only: it would wait for ever for CRLF CRLF in a
// request with bare LF, and it accepts obs-fold, repeated and listed Content-Length, `TE: gzip, chunked`, no Host and two Hosts.
// Not thread-safe.

#include <boost/beast/http/basic_parser.hpp>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "http/limits.h"
#include "http/message.h"

namespace holdfast::http {

enum class Progress : std::uint8_t { kMore, kDone, kRefused };

class RequestParser {
 public:
  explicit RequestParser(const Limits& limits) noexcept : limits_(limits) {}

  // Forgets the request; `request` loses its content but keeps its memory.
  void reset(Request& request);

  // `bytes` begins where the request begins, and grows from call to call until kDone; consumed() are then the head's.
  // kDone fills all of `request` but body and id. kRefused: answer refusal(), then close.
  Progress parse_head(std::string_view bytes, Request& request);

  // `bytes` begins behind what was consumed before; consumed() after every call. kRefused: answer refusal(), then close.
  // Without `keep` the body is counted and dropped.
  Progress parse_body(std::string_view bytes, Request& request, bool keep);

  std::size_t consumed() const noexcept { return consumed_; }
  const Error& refusal() const noexcept { return *refusal_; }

  // Of a head that is done:
  bool body_follows() const noexcept { return chunked_ || body_left_ > 0; }
  bool body_too_large() const noexcept { return !chunked_ && body_left_ > limits_.body_bytes; }
  Error body_too_large_error() const;
  bool keep_alive() const noexcept { return keep_alive_; }
  bool expects_continue() const noexcept { return expects_continue_; }
  bool http_1_0() const noexcept { return http_1_0_; }

 private:
  Progress find_head(std::string_view bytes);
  Progress accept_line(std::string_view bytes, std::size_t line_end);
  Progress read_head(std::string_view head, Request& request);
  Progress parse_chunks(std::string_view bytes, bool keep);
  Progress check_head(Request& request);
  bool check_target(Request& request);
  void check_host(const Request& request);
  void check_lengths(const Request& request);
  Progress refuse(Code code, std::string_view detail);

  // Beast's callbacks. The first refusal wins.
  class BeastParser final : public boost::beast::http::basic_parser<true> {
   public:
    BeastParser(RequestParser& owner, Request& request) noexcept : owner_(owner), request_(request) {}
    bool keep_body = true;
    bool in_chunk = false;  // between the first and the last byte of a chunk's data

   private:
    using ErrorCode = boost::beast::error_code;
    using Text = boost::beast::string_view;
    void on_request_impl(boost::beast::http::verb verb, Text method, Text target, int version, ErrorCode& error) override;
    void on_response_impl(int, Text, int, ErrorCode&) override {}
    void on_field_impl(boost::beast::http::field field, Text name, Text value, ErrorCode& error) override;
    void on_header_impl(ErrorCode&) override { in_trailer_ = true; }
    void on_body_init_impl(const boost::optional<std::uint64_t>&, ErrorCode&) override {}
    std::size_t on_body_impl(Text, ErrorCode&) override { return 0; }
    void on_chunk_header_impl(std::uint64_t size, Text extension, ErrorCode& error) override;
    std::size_t on_chunk_body_impl(std::uint64_t left, Text body, ErrorCode& error) override;
    void on_finish_impl(ErrorCode&) override {}

    RequestParser& owner_;
    Request& request_;
    bool in_trailer_ = false;
  };

  const Limits& limits_;
  std::optional<BeastParser> beast_;
  std::optional<Error> refusal_;
  std::size_t consumed_ = 0;
  std::size_t scanned_ = 0;       // bytes of the head looked at for line ends
  std::size_t line_start_ = 0;    // of the line that is not complete yet
  std::size_t lines_ = 0;         // complete lines
  std::size_t fields_start_ = 0;  // where the field lines begin
  std::uint64_t body_left_ = 0;   // Content-Length not yet taken; for chunked, unused
  std::uint64_t body_taken_ = 0;
  int content_lengths_ = 0;
  int transfer_encodings_ = 0;
  int hosts_ = 0;
  bool chunked_ = false;
  bool keep_alive_ = true;
  bool expects_continue_ = false;
  bool http_1_0_ = false;
};

}  // namespace holdfast::http
