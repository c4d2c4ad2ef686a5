#include "model/json.h"

#include <simdjson.h>

#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstring>
#include <unordered_set>

#include "base/decimal.h"
#include "base/unicode.h"

namespace holdfast {
namespace {

namespace ondemand = simdjson::ondemand;
using ondemand::json_type;

Error invalid(std::string detail) {
  return Error(Code::kInvalidJson, std::move(detail));
}

Error bad_text() {
  return Error(Code::kInvalidEncoding, "The body must be UTF-8 without U+0000 and lone surrogates.");
}

Error something_follows() {
  return invalid("The body has something after its JSON value.");
}

// Whether a string, from behind its opening quote on, has an escape that is no JSON: then its fault is not one of encoding.
bool has_misspelt_escape(const char* rest) {
  for (; *rest != '"' && *rest != '\0'; ++rest) {
    if (*rest != '\\') continue;
    ++rest;
    if (*rest == '\0' || std::strchr("\"\\/bfnrtu", *rest) == nullptr) return true;
    if (*rest != 'u') continue;
    for (int digit = 0; digit < 4; ++digit) {
      if (!std::isxdigit(static_cast<unsigned char>(*++rest))) return true;
    }
  }
  return false;
}

// Copies a value of simdjson into a Json, visiting every byte: on-demand parsing checks only what it is asked for.
class Builder {
 public:
  explicit Builder(int depth_limit) : depth_limit_(depth_limit) {}

  Result<Json> build(ondemand::value source, int depth) {
    json_type type;
    if (source.type().get(type)) return invalid("The body is not JSON.");
    switch (type) {
      case json_type::object:
        return build_object(source, depth + 1);
      case json_type::array:
        return build_array(source, depth + 1);
      case json_type::string:
        return build_string(source);
      case json_type::number:
        return build_number(source);
      case json_type::boolean:
        return build_boolean(source);
      case json_type::null:
        return build_null(source);
    }
    return invalid("The body is not JSON.");
  }

  // At depth 1 the array is the one that wraps the body.
  Result<Json> build_array(ondemand::array array, int depth) {
    if (depth > depth_limit_) return too_deep();
    Json json;
    json.kind = Json::Kind::kArray;
    for (auto element : array) {
      if (element.error()) return depth == 1 && !json.items.empty() ? something_follows() : invalid("An array of the body is not JSON.");
      Result<Json> item = build(element.value_unsafe(), depth);
      if (!item) return item.error();
      json.items.push_back(std::move(*item));
    }
    return json;
  }

 private:
  Result<Json> build_object(ondemand::value source, int depth) {
    if (depth > depth_limit_) return too_deep();
    Json json;
    json.kind = Json::Kind::kObject;
    ondemand::object object;
    if (source.get_object().get(object)) return invalid("An object of the body is not JSON.");
    for (auto field : object) {
      std::string_view key;
      if (field.error()) return invalid("An object of the body is not JSON.");
      ondemand::field member = field.value_unsafe();
      const bool misspelt = has_misspelt_escape(member.key().raw());
      if (member.unescaped_key().get(key)) return misspelt ? invalid("A member name of the body is not JSON.") : bad_text();
      if (!is_plain_text(key)) return bad_text();
      std::string name(key);
      Result<Json> value = build(member.value(), depth);
      if (!value) return value.error();
      json.members.push_back({std::move(name), std::move(*value)});
    }
    if (const std::string* twice = repeated_name(json)) return invalid("The body has the member \"" + *twice + "\" twice in one object.");
    return json;
  }

  Result<Json> build_array(ondemand::value source, int depth) {
    ondemand::array array;
    if (source.get_array().get(array)) return invalid("An array of the body is not JSON.");
    return build_array(array, depth);
  }

  Result<Json> build_string(ondemand::value source) {
    const std::string_view raw = source.raw_json_token();
    std::string_view text;
    if (source.get_string().get(text))
      return has_misspelt_escape(raw.data() + 1) ? invalid("A string of the body is not JSON.") : bad_text();
    if (!is_plain_text(text)) return bad_text();
    Json json;
    json.kind = Json::Kind::kString;
    json.text = text;
    return json;
  }

  Result<Json> build_number(ondemand::value source) {
    const std::string_view raw = trimmed(source.raw_json_token());
    if (!is_json_number(raw)) return invalid("A number of the body is not JSON.");
    Json json;
    json.kind = Json::Kind::kNumber;
    json.text = raw;
    return json;
  }

  Result<Json> build_boolean(ondemand::value source) {
    Json json;
    json.kind = Json::Kind::kBoolean;
    if (source.get_bool().get(json.boolean)) return invalid("The body holds a word that is not JSON.");
    return json;
  }

  Result<Json> build_null(ondemand::value source) {
    if (trimmed(source.raw_json_token()) != "null") return invalid("The body holds a word that is not JSON.");
    return Json{};
  }

  static std::string_view trimmed(std::string_view token) {
    while (!token.empty() && std::strchr(" \t\r\n", token.back()) != nullptr) token.remove_suffix(1);
    return token;
  }

  static const std::string* repeated_name(const Json& object) {
    std::unordered_set<std::string_view> seen;
    seen.reserve(object.members.size());
    for (const auto& [name, value] : object.members) {
      if (!seen.insert(name).second) return &name;
    }
    return nullptr;
  }

  Error too_deep() const { return invalid("The body is nested deeper than " + std::to_string(depth_limit_ - 1) + " levels."); }

  int depth_limit_;  // of the wrapped text
};

}  // namespace

Result<Json> parse_json(std::string_view text, int depth_limit) {
  thread_local ondemand::parser parser;
  if (!simdjson::validate_utf8(text.data(), text.size()) || text.find('\0') != std::string_view::npos) return bad_text();
  // As the one element of an array, a text of any kind is parsed alike, and what follows the element is seen.
  const simdjson::padded_string wrapped("[" + std::string(text) + "]");
  ondemand::document document;
  ondemand::array array;
  if (parser.iterate(wrapped).get(document) || document.get_array().get(array))
    return invalid("The body is not JSON: it is cut short or misspelt.");
  Result<Json> list = Builder(depth_limit + 1).build_array(array, 1);
  if (!list) return list;
  const char* rest = nullptr;
  if (list->items.empty()) return invalid("The body is empty; send a JSON object.");
  if (list->items.size() > 1 || document.current_location().get(rest) == simdjson::SUCCESS) {
    return something_follows();
  }
  return std::move(list->items.front());
}

// The bytes that a JSON string must escape (RFC 8259 §7).
constexpr std::array<bool, 256> kEscaped = [] {
  std::array<bool, 256> table{};
  for (std::size_t c = 0; c < 0x20; ++c) table[c] = true;
  table['"'] = table['\\'] = true;
  return table;
}();

void append_json(std::string& out, const Json& json) {
  switch (json.kind) {
    case Json::Kind::kNull:
      out.append("null");
      return;
    case Json::Kind::kBoolean:
      out.append(json.boolean ? "true" : "false");
      return;
    case Json::Kind::kNumber:
      out.append(json.text);
      return;
    case Json::Kind::kString:
      return append_json_string(out, json.text);
    case Json::Kind::kArray:
      out.push_back('[');
      for (const Json& item : json.items) {
        if (&item != json.items.data()) out.push_back(',');
        append_json(out, item);
      }
      out.push_back(']');
      return;
    case Json::Kind::kObject:
      out.push_back('{');
      for (const Json::Member& member : json.members) {
        if (&member != json.members.data()) out.push_back(',');
        append_json_string(out, member.name);
        out.push_back(':');
        append_json(out, member.value);
      }
      out.push_back('}');
      return;
  }
}

void append_json_string(std::string& out, std::string_view text) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  out.push_back('"');
  std::size_t written = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (!kEscaped[c]) continue;
    out.append(text, written, i - written);
    written = i + 1;
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        out += "\\u00";
        out.push_back(kHex[c >> 4]);
        out.push_back(kHex[c & 15]);
    }
  }
  out.append(text, written);
  out.push_back('"');
}

std::string pointer_token(std::string_view name) {
  std::string token = "/";
  for (const char c : name) {
    if (c == '~') {
      token += "~0";
    } else if (c == '/') {
      token += "~1";
    } else {
      token.push_back(c);
    }
  }
  return token;
}

// Shortest digits that read back as the same double (std::to_chars), laid out as ECMA-262 §6.1.6.1.20 says.
void append_json_number(std::string& out, double number) {
  if (number == 0) {
    out.push_back('0');
    return;
  }
  if (number < 0) out.push_back('-');
  std::array<char, 32> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), std::abs(number), std::chars_format::scientific).ptr;
  const std::string_view scientific(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
  const std::size_t e = scientific.find('e');
  std::string digits(1, scientific[0]);
  if (e > 2) digits.append(scientific.substr(2, e - 2));
  const bool shrinks = scientific[e + 1] == '-';
  int exponent = 0;
  std::from_chars(scientific.data() + e + 2, end, exponent);
  if (shrinks) exponent = -exponent;
  const int point = exponent + 1;  // the decimal point stands behind this many digits
  const int count = static_cast<int>(digits.size());

  if (count <= point && point <= 21) {
    out.append(digits).append(static_cast<std::size_t>(point - count), '0');
  } else if (0 < point && point <= 21) {
    out.append(digits, 0, static_cast<std::size_t>(point)).append(1, '.').append(digits, static_cast<std::size_t>(point));
  } else if (-6 < point && point <= 0) {
    out.append("0.").append(static_cast<std::size_t>(-point), '0').append(digits);
  } else {
    out.push_back(digits[0]);
    if (count > 1) out.append(1, '.').append(digits, 1);
    out.append(exponent < 0 ? "e-" : "e+").append(std::to_string(std::abs(exponent)));
  }
}

}  // namespace holdfast
