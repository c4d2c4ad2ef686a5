#include "http/response_writer.h"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <iterator>
#include <stdexcept>

namespace holdfast::http {
namespace {

struct Reason {
  int status;
  std::string_view phrase;
};

// In order of status.
constexpr Reason kReasons[] = {
    {100, "Continue"},
    {101, "Switching Protocols"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Content"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {507, "Insufficient Storage"},
};
static_assert(std::is_sorted(std::begin(kReasons), std::end(kReasons),
                             [](const Reason& a, const Reason& b) { return a.status < b.status; }));

void append_number(std::string& out, std::size_t number) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, end);
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  out += value;
  out += "\r\n";
}

void append_status_line(std::string& out, int status) {
  if (status == 200) {
    out += "HTTP/1.1 200 OK\r\n";
    return;
  }
  out += "HTTP/1.1 ";
  append_number(out, static_cast<std::size_t>(status));
  out += ' ';
  out += reason_of(status);
  out += "\r\n";
}

// A line end inside a field would let its writer add fields, or a whole second answer.
bool breaks_lines(std::string_view text) noexcept {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

void require_plain(const Response& response) {
  bool broken = breaks_lines(response.content_type);
  for (const Header& header : response.headers) broken = broken || breaks_lines(header.name) || breaks_lines(header.value);
  if (broken) throw std::logic_error("a response header contains a line end");
}

}  // namespace

std::string_view reason_of(int status) noexcept {
  const auto before = [](const Reason& reason, int wanted) { return reason.status < wanted; };
  const Reason* reason = std::lower_bound(std::begin(kReasons), std::end(kReasons), status, before);
  return reason != std::end(kReasons) && reason->status == status ? reason->phrase : "";
}

std::string_view DateLine::at(Milliseconds now) {
  const std::int64_t second = now / 1000;
  if (second != second_) {
    const std::time_t time = second;
    std::tm parts{};
    gmtime_r(&time, &parts);
    char text[64];
    const std::size_t length =
        std::strftime(text, sizeof text, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &parts);  // the process keeps the C locale
    line_.assign(text, length);
    second_ = second;
  }
  return line_;
}

void append_head(std::string& out, const Response& response, const Framing& framing) {
  require_plain(response);
  append_status_line(out, response.status);
  out += framing.date_line;
  if (!response.content_type.empty()) append_field(out, "Content-Type", response.content_type);
  if (!never_has_content(response.status)) {
    out += "Content-Length: ";
    append_number(out, response.body.size());
    out += "\r\n";
  }
  for (const Header& header : response.headers) append_field(out, header.name, header.value);
  append_field(out, "X-Request-Id", framing.request_id);
  if (framing.close) {
    out += "Connection: close\r\n";
  } else if (framing.keep_alive_1_0) {
    out += "Connection: keep-alive\r\n";
  }
  out += "\r\n";
}

}  // namespace holdfast::http
