#pragma once
// Writes answers as HTTP/1.1 bytes straight into a connection's out buffer.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/timestamp.h"
#include "http/message.h"

namespace holdfast::http {

// The reason phrase of an IANA-registered status; empty for others.
std::string_view reason_of(int status) noexcept;

// The whole `Date: …\r\n` line, made once a second. Belongs to one loop.
class DateLine {
 public:
  std::string_view at(Milliseconds now);

 private:
  std::int64_t second_ = -1;
  std::string line_;
};

// True when an answer of that status has no content (RFC 9110 §6.4.1), so no Content-Length either.
constexpr bool never_has_content(int status) noexcept {
  return status < 200 || status == 204 || status == 304;
}

struct Framing {
  std::string_view date_line;
  std::string_view request_id;
  bool close = false;           // `Connection: close`
  bool keep_alive_1_0 = false;  // `Connection: keep-alive`, which HTTP/1.0 clients need to hear
};

// Appends status line, fields and the empty line. Throws std::logic_error when a header of `response` contains CR or LF: nothing
// is appended then.
void append_head(std::string& out, const Response& response, const Framing& framing);

}  // namespace holdfast::http
