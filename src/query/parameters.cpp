#include "query/parameters.h"

#include <algorithm>
#include <optional>

#include "base/unicode.h"

namespace holdfast {
namespace {

int hexadecimal_digit(char character) noexcept {
  if (character >= '0' && character <= '9') return character - '0';
  if (character >= 'a' && character <= 'f') return character - 'a' + 10;
  if (character >= 'A' && character <= 'F') return character - 'A' + 10;
  return -1;
}

// Nothing on an escape that is not % and two hexadecimal digits.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char character = text[i];
    if (character == '+' && plus_is_space) {
      decoded += ' ';
    } else if (character != '%') {
      decoded += character;
    } else {
      if (text.size() - i < 3) return std::nullopt;
      const int high = hexadecimal_digit(text[i + 1]);
      const int low = hexadecimal_digit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      decoded += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return decoded;
}

Result<std::string> decode(std::string_view text, bool plus_is_space, const char* where) {
  auto decoded = percent_decode(text, plus_is_space);
  if (!decoded) {
    return Error(Code::kInvalidEncoding, std::string("The ") + where + " has a `%` that is not followed by two hexadecimal digits.");
  }
  if (!is_plain_text(*decoded)) {
    return Error(Code::kInvalidEncoding, std::string("The ") + where + " is not UTF-8 without U+0000 once its escapes are decoded.");
  }
  return std::move(*decoded);
}

}  // namespace

Result<std::vector<Parameter>> parse_parameters(std::string_view query) {
  std::vector<Parameter> parameters;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view segment = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (segment.empty()) continue;
    const std::size_t equals = std::min(segment.find('='), segment.size());
    auto name = decode(segment.substr(0, equals), true, "query string");
    if (!name) return name.error();
    auto value = decode(segment.substr(std::min(equals + 1, segment.size())), true, "query string");
    if (!value) return value.error();
    parameters.push_back({std::move(*name), std::move(*value)});
  }
  return parameters;
}

Result<std::string> decode_path_segment(std::string_view segment) {
  return decode(segment, false, "path");
}

}  // namespace holdfast
