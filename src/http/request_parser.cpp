#include "http/request_parser.h"

#include <boost/asio/buffer.hpp>
#include <cstring>
#include <limits>

#include "http/names.h"

namespace holdfast::http {
namespace {

namespace beast = boost::beast;

constexpr std::size_t kMethodBytes = 32;   // longer than any registered method
constexpr std::size_t kVersionBytes = 11;  // " HTTP/1.1" and the line end
constexpr std::size_t kShortestLastChunk = std::string_view("0\r\n\r\n").size();
constexpr std::string_view kChunkLineWithBareLf = "A line of the chunked body ends with LF alone; HTTP/1.1 lines end with CRLF.";
constexpr std::uint64_t kChunkLineBytes = 4096;  // a chunk header with extensions, or the trailers

std::string_view view(beast::string_view text) noexcept {
  return {text.data(), text.size()};
}

bool is_token_character(char c) noexcept {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         (c != 0 && kOthers.find(c) != std::string_view::npos);
}

// uri-host [":" port] of RFC 3986, loosely: what no router or log could misread.
bool is_host(std::string_view text) noexcept {
  if (text.empty()) return true;
  std::size_t end = 0;
  if (text[0] == '[') {
    end = text.find(']');
    if (end == std::string_view::npos || end == 1) return false;
    if (text.substr(1, end - 1).find_first_not_of("0123456789abcdefABCDEFvV:.%") != std::string_view::npos) return false;
    ++end;
  } else {
    constexpr std::string_view kOthers = "-._~!$&'()*+,;=%";
    while (end < text.size() && text[end] != ':') {
      const char c = text[end];
      const bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
      if (!alphanumeric && (c == 0 || kOthers.find(c) == std::string_view::npos)) return false;
      ++end;
    }
  }
  if (end == text.size()) return true;
  return text[end] == ':' && text.find_first_not_of("0123456789", end + 1) == std::string_view::npos;
}

bool has_bare_lf(std::string_view lines) noexcept {
  for (auto at = lines.find('\n'); at != std::string_view::npos; at = lines.find('\n', at + 1)) {
    if (at == 0 || lines[at - 1] != '\r') return true;
  }
  return false;
}

Method method_of(beast::http::verb verb) noexcept {
  switch (verb) {
    case beast::http::verb::get:
      return Method::kGet;
    case beast::http::verb::head:
      return Method::kHead;
    case beast::http::verb::post:
      return Method::kPost;
    case beast::http::verb::put:
      return Method::kPut;
    case beast::http::verb::patch:
      return Method::kPatch;
    case beast::http::verb::delete_:
      return Method::kDelete;
    case beast::http::verb::options:
      return Method::kOptions;
    default:
      return Method::kOther;
  }
}

}  // namespace

void RequestParser::reset(Request& request) {
  constexpr std::size_t kKeptBody = 4096;
  request.method = Method::kOther;  // until the head says: the answer to a broken one has a body, whatever was asked before
  request.method_text.clear();
  request.target.clear();
  request.headers.clear();
  if (request.body.capacity() > kKeptBody) {
    request.body = std::string();
  } else {
    request.body.clear();
  }
  request.has_body = false;
  request.id.clear();
  beast_.reset();
  refusal_.reset();
  consumed_ = scanned_ = line_start_ = lines_ = fields_start_ = 0;
  body_left_ = body_taken_ = 0;
  content_lengths_ = transfer_encodings_ = hosts_ = 0;
  chunked_ = expects_continue_ = http_1_0_ = false;
  keep_alive_ = true;
}

Progress RequestParser::parse_head(std::string_view bytes, Request& request) {
  const Progress found = find_head(bytes);
  if (found != Progress::kDone) return found;
  const std::size_t skipped = bytes.starts_with("\r\n") ? 2 : 0;
  return read_head(bytes.substr(skipped, consumed_ - skipped), request);
}

// Looks at each new line once. kDone: consumed_ is the end of the head.
Progress RequestParser::find_head(std::string_view bytes) {
  if (scanned_ == 0 && !bytes.empty() && bytes[0] != '\r' && !is_token_character(bytes[0])) {
    return refuse(Code::kBadRequest, "This is not HTTP/1.1: a request begins with a method.");  // TLS, for one: told at once
  }
  while (scanned_ < bytes.size()) {
    const void* found = std::memchr(bytes.data() + scanned_, '\n', bytes.size() - scanned_);
    scanned_ = found == nullptr ? bytes.size() : static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data()) + 1;
    const std::size_t line_bytes = scanned_ - line_start_;
    if (lines_ == 0 && line_bytes > kMethodBytes + limits_.url_bytes + kVersionBytes) {
      return refuse(Code::kUriTooLong, "The request target is longer than " + std::to_string(limits_.url_bytes) + " bytes.");
    }
    if (lines_ > 0 && scanned_ - fields_start_ > limits_.header_bytes + 2) {
      return refuse(Code::kHeadersTooLarge, "The header fields are longer than " + std::to_string(limits_.header_bytes) + " bytes.");
    }
    if (found == nullptr) return Progress::kMore;
    const Progress line = accept_line(bytes, scanned_);
    if (line != Progress::kMore) return line;
  }
  return Progress::kMore;
}

// One complete line. kDone: it was the empty one behind the field lines.
Progress RequestParser::accept_line(std::string_view bytes, std::size_t line_end) {
  const std::string_view line = bytes.substr(line_start_, line_end - line_start_);
  if (line.size() < 2 || line[line.size() - 2] != '\r')
    return refuse(Code::kBadRequest, "A line ends with LF alone; HTTP/1.1 lines end with CRLF.");
  if (line.size() == 2) {
    if (lines_ > 0) {
      consumed_ = line_end;
      return Progress::kDone;
    }
    if (line_start_ > 0) return refuse(Code::kBadRequest, "A request line was expected; got an empty line.");
  } else {
    if (lines_ == 0) fields_start_ = line_end;
    if (lines_ > 0 && (line[0] == ' ' || line[0] == '\t')) {
      return refuse(Code::kBadRequest, "A header field is folded over two lines; write it on one.");
    }
    ++lines_;
  }
  line_start_ = line_end;
  return Progress::kMore;
}

Progress RequestParser::read_head(std::string_view head, Request& request) {
  beast_.emplace(*this, request);
  beast_->header_limit(std::numeric_limits<std::uint32_t>::max());  // both limits are ours
  beast_->body_limit(boost::none);
  beast::error_code error;
  beast_->put(boost::asio::buffer(head.data(), head.size()), error);
  if (refusal_) return Progress::kRefused;
  if (error) {
    const bool version = error == beast::http::error::bad_version;
    if (version) return refuse(Code::kBadRequest, "The request line does not end with HTTP/1.1 or HTTP/1.0.");
    return refuse(Code::kBadRequest, "The head of the request is malformed: " + error.message() + ".");
  }
  if (!beast_->is_header_done()) return refuse(Code::kBadRequest, "The head of the request is malformed.");
  return check_head(request);
}

Progress RequestParser::check_head(Request& request) {
  keep_alive_ = beast_->keep_alive();
  if (check_target(request)) {
    check_host(request);
    check_lengths(request);
  }
  if (refusal_) return Progress::kRefused;
  if (!chunked_) beast_.reset();  // a body of known length needs no parser
  return Progress::kDone;
}

// Origin form, `*` for OPTIONS, or absolute form, which a server must accept: it becomes origin form, its authority the Host.
bool RequestParser::check_target(Request& request) {
  std::string& target = request.target;
  if (target[0] != '/' && !(target == "*" && request.method == Method::kOptions)) {
    std::size_t authority = 0;
    if (equal_names(std::string_view(target).substr(0, 7), "http://")) authority = 7;
    if (equal_names(std::string_view(target).substr(0, 8), "https://")) authority = 8;
    const std::size_t path = std::min(target.find_first_of("/?", authority), target.size());
    if (authority == 0 || path == authority || request.method_text == "CONNECT") {
      refuse(Code::kBadRequest, "The request target must be a path that begins with `/`.");
      return false;
    }
    for (Header& header : request.headers) {
      if (equal_names(header.name, "Host")) header.value.assign(target, authority, path - authority);
    }
    target.erase(0, path);
    if (target.empty() || target[0] == '?') target.insert(0, 1, '/');
  }
  if (target.find('#') != std::string::npos) refuse(Code::kBadRequest, "The request target contains `#`; a fragment is not sent.");
  return !refusal_;
}

void RequestParser::check_host(const Request& request) {
  if (hosts_ == 0 && !http_1_0_) refuse(Code::kBadRequest, "The Host header is missing.");
  if (hosts_ > 1) refuse(Code::kBadRequest, "There is more than one Host header.");
  const std::string* host = hosts_ == 0 ? nullptr : request.header("Host");
  if (host != nullptr && !is_host(*host)) refuse(Code::kBadRequest, "The Host header is not a host name with an optional port.");
}

void RequestParser::check_lengths(const Request& request) {
  if (content_lengths_ > 0 && transfer_encodings_ > 0) {
    refuse(Code::kBadRequest, "There are both Content-Length and Transfer-Encoding; send one of them.");
  } else if (content_lengths_ > 1) {
    refuse(Code::kBadRequest, "There is more than one Content-Length.");
  } else if (content_lengths_ == 1) {
    body_left_ = beast_->content_length().value_or(0);
  } else if (transfer_encodings_ > 0) {
    if (http_1_0_) refuse(Code::kBadRequest, "HTTP/1.0 has no Transfer-Encoding.");
    chunked_ = true;
  }
  const std::string* expect = http_1_0_ ? nullptr : request.header("Expect");
  expects_continue_ = expect != nullptr && equal_names(*expect, "100-continue");
}

Error RequestParser::body_too_large_error() const {
  return Error(Code::kBodyTooLarge, "The body is longer than " + std::to_string(limits_.body_bytes) + " bytes.");
}

Progress RequestParser::parse_body(std::string_view bytes, Request& request, bool keep) {
  if (chunked_) return parse_chunks(bytes, keep);
  consumed_ = static_cast<std::size_t>(std::min<std::uint64_t>(body_left_, bytes.size()));
  if (keep) request.body.append(bytes.data(), consumed_);
  body_left_ -= consumed_;
  return body_left_ == 0 ? Progress::kDone : Progress::kMore;
}

Progress RequestParser::parse_chunks(std::string_view bytes, bool keep) {
  consumed_ = 0;
  beast_->keep_body = keep;
  while (!beast_->is_done()) {
    const std::string_view rest = bytes.substr(consumed_);
    // Beast takes `0 CRLF` for the last chunk, and then asserts that two more bytes come at once.
    if (!beast_->in_chunk && rest.starts_with('0') && rest.size() < kShortestLastChunk) return Progress::kMore;
    beast::error_code error;
    consumed_ += beast_->put(boost::asio::buffer(rest.data(), rest.size()), error);
    if (refusal_) return Progress::kRefused;
    if (error == beast::http::error::need_more) {  // of a chunk's header line, or of the trailer
      if (has_bare_lf(bytes.substr(consumed_))) return refuse(Code::kBadRequest, kChunkLineWithBareLf);
      if (bytes.size() - consumed_ <= kChunkLineBytes) return Progress::kMore;
      return refuse(Code::kBadRequest, "A chunk's header line, or the trailer, is too long.");
    }
    if (error) return refuse(Code::kBadRequest, "The chunked body is malformed: " + error.message() + ".");
    if (consumed_ == bytes.size() && !beast_->is_done()) return Progress::kMore;
  }
  chunked_ = false;
  return Progress::kDone;
}

Progress RequestParser::refuse(Code code, std::string_view detail) {
  if (!refusal_) refusal_.emplace(code, std::string(detail));
  keep_alive_ = false;
  return Progress::kRefused;
}

void RequestParser::BeastParser::on_request_impl(beast::http::verb verb, Text method, Text target, int version, ErrorCode& error) {
  owner_.http_1_0_ = version == 10;
  request_.method = method_of(verb);
  request_.method_text.assign(method.data(), method.size());
  request_.target.assign(target.data(), target.size());
  if (target.size() > owner_.limits_.url_bytes) {
    owner_.refuse(Code::kUriTooLong, "The request target is longer than " + std::to_string(owner_.limits_.url_bytes) + " bytes.");
    error = beast::http::error::bad_target;
  } else if (method.size() > kMethodBytes) {
    owner_.refuse(Code::kBadRequest, "The request's method is not one of HTTP.");
    error = beast::http::error::bad_method;
  }
}

void RequestParser::BeastParser::on_field_impl(beast::http::field field, Text name, Text value, ErrorCode& error) {
  if (in_trailer_) return;  // trailers are read and dropped
  request_.headers.push_back({std::string(name.data(), name.size()), std::string(value.data(), value.size())});
  if (request_.headers.size() > owner_.limits_.header_count) {
    owner_.refuse(Code::kHeadersTooLarge, "There are more than " + std::to_string(owner_.limits_.header_count) + " header fields.");
    error = beast::http::error::header_limit;
  }
  if (field == beast::http::field::host) {
    ++owner_.hosts_;
  } else if (field == beast::http::field::content_length) {
    ++owner_.content_lengths_;
    request_.has_body = true;
    if (value.empty() || view(value).find_first_not_of("0123456789") != std::string_view::npos) {
      owner_.refuse(Code::kBadRequest, "Content-Length must be one number.");
      error = beast::http::error::bad_content_length;
    }
  } else if (field == beast::http::field::transfer_encoding) {
    ++owner_.transfer_encodings_;
    request_.has_body = true;
    if (owner_.transfer_encodings_ > 1 || !equal_names(view(value), "chunked")) {
      owner_.refuse(Code::kBadRequest, "The only Transfer-Encoding understood here is `chunked`.");
      error = beast::http::error::bad_transfer_encoding;
    }
  }
}

void RequestParser::BeastParser::on_chunk_header_impl(std::uint64_t size, Text extensions, ErrorCode& error) {
  if (extensions.find('\n') != Text::npos) {  // Beast lets it stand in a quoted string, where another server may see the line's end
    owner_.refuse(Code::kBadRequest, kChunkLineWithBareLf);
    error = beast::http::error::bad_chunk_extension;
    return;
  }
  if (size <= owner_.limits_.body_bytes - owner_.body_taken_) {
    owner_.body_taken_ += size;
    in_chunk = size > 0;
    return;
  }
  owner_.refusal_ = owner_.body_too_large_error();
  owner_.keep_alive_ = false;
  error = beast::http::error::body_limit;
}

std::size_t RequestParser::BeastParser::on_chunk_body_impl(std::uint64_t left, Text body, ErrorCode&) {
  in_chunk = body.size() < left;
  if (keep_body) request_.body.append(body.data(), body.size());
  return body.size();
}

}  // namespace holdfast::http
