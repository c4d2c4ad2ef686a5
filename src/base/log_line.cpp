#include "base/log_line.h"

#include <array>
#include <cstdint>

namespace holdfast {
namespace {

constexpr std::array<std::string_view, 6> kLevelNames{"trace", "debug", "info", "warn", "error", "off"};
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::string_view kHexDigits = "0123456789abcdef";

// Length of the well-formed UTF-8 sequence at the start of `text` (RFC 3629); 0: there is none.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const auto first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  if ((first == 0xE0 && byte(1) < 0xA0) || (first == 0xED && byte(1) > 0x9F)) return 0;
  if ((first == 0xF0 && byte(1) < 0x90) || (first == 0xF4 && byte(1) > 0x8F)) return 0;
  return length;
}

void append_escape(std::string& out, std::uint8_t control) {
  switch (control) {
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out.append("\\u00").append({kHexDigits[control >> 4], kHexDigits[control & 15]});
  }
}

bool is_plain(char c) {
  return c >= ' ' && c < 0x7f && c != '"' && c != '\\';
}

// Both formats escape alike, so that one reader serves both.
void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    std::size_t plain = 0;
    while (plain < text.size() && is_plain(text[plain])) ++plain;
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const auto first = static_cast<std::uint8_t>(text[0]);
    const auto length = sequence_length(text);
    if (length == 0) {
      out += kReplacement;
    } else if (length == 1 && (first == '"' || first == '\\')) {
      out.append({'\\', text[0]});
    } else if (length == 1) {
      append_escape(out, first);
    } else if (first == 0xC2 && static_cast<std::uint8_t>(text[1]) < 0xA0) {
      append_escape(out, static_cast<std::uint8_t>(text[1]));
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  out += '"';
}

// A bare value must be plain ASCII without what separates: space and `=`.
void append_logfmt_value(std::string& out, std::string_view text) {
  bool bare = !text.empty();
  for (const char c : text) bare = bare && is_plain(c) && c != ' ' && c != '=';
  if (bare) {
    out += text;
  } else {
    append_quoted(out, text);
  }
}

}  // namespace

void append_log_line(std::string& out, LogFormat format, Milliseconds time, LogLevel level, std::string_view message,
                     std::span<const LogField> fields) {
  const bool json = format == LogFormat::kJson;
  out += json ? R"({"time":")" : "time=";
  append_timestamp(out, time);
  out += json ? R"(","level":")" : " level=";
  out += kLevelNames[static_cast<std::size_t>(level)];
  out += json ? R"(","message":)" : " message=";
  json ? append_quoted(out, message) : append_logfmt_value(out, message);
  for (const auto& field : fields) {
    out += json ? ",\"" : " ";
    out += field.name;
    out += json ? "\":" : "=";
    if (field.number) {
      out += field.value;
    } else {
      json ? append_quoted(out, field.value) : append_logfmt_value(out, field.value);
    }
  }
  if (json) out += '}';
}

}  // namespace holdfast
