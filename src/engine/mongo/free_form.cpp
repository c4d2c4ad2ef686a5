#include "engine/mongo/free_form.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <stdexcept>

#include "base/unicode.h"
#include "engine/mongo/document.h"
#include "engine/mongo/number.h"
#include "model/free_form.h"
#include "model/json.h"

namespace holdfast::mongo {
namespace {

constexpr int kDepth = 1000;                            // simdjson reads 1,024 levels at most
constexpr double kLargestInteger = 9007199254740991.0;  // 2⁵³ − 1

void append_json(bson_t& document, std::string_view key, const Json& json);

void append_number(bson_t& document, std::string_view key, const std::string& text) {
  double number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);  // of every double, also of those that std::stod throws at
  const bool is_integer = std::trunc(number) == number && std::abs(number) <= kLargestInteger;
  if (is_integer) return append_int64(document, key, static_cast<std::int64_t>(number));
  append_double(document, key, number);
}

void append_members(bson_t& object, const Json& json) {
  for (const Json::Member& member : json.members) append_json(object, member.name, member.value);
}

void append_json(bson_t& document, std::string_view key, const Json& json) {
  switch (json.kind) {
    case Json::Kind::kNull:
      return append_null(document, key);
    case Json::Kind::kBoolean:
      return append_bool(document, key, json.boolean);
    case Json::Kind::kNumber:
      return append_number(document, key, json.text);
    case Json::Kind::kString:
      return append_text(document, key, json.text);
    case Json::Kind::kArray: {
      NestedArray array(document, key);
      for (const Json& item : json.items) append_json(array.get(), array.next_key(), item);
      return;
    }
    case Json::Kind::kObject: {
      Nested object(document, key);
      return append_members(object, json);
    }
  }
}

std::optional<Json> read_json(const bson_iter_t& stored, int depth);

std::optional<Json> text_json(const char* text, std::size_t length) {
  if (!is_plain_text({text, length})) return std::nullopt;
  Json json;
  json.kind = Json::Kind::kString;
  json.text.assign(text, length);
  return json;
}

std::optional<Json> number_json(const bson_iter_t& stored) {
  const std::optional<double> number = read_double(stored);
  if (!number) return std::nullopt;
  Json json;
  json.kind = Json::Kind::kNumber;
  append_json_number(json.text, *number);
  return json;
}

// A name that stands twice would make a text that is no JSON of ours.
bool has_twins(const Json& object) {
  std::vector<std::string_view> names;
  for (const Json::Member& member : object.members) names.push_back(member.name);
  std::ranges::sort(names);
  return std::ranges::adjacent_find(names) != names.end();
}

std::optional<Json> members_json(const bson_iter_t& stored, int depth) {
  bson_iter_t member;
  if (depth == 0 || !bson_iter_recurse(&stored, &member)) return std::nullopt;
  Json json;
  json.kind = BSON_ITER_HOLDS_ARRAY(&stored) ? Json::Kind::kArray : Json::Kind::kObject;
  while (bson_iter_next(&member)) {
    std::optional<Json> value = read_json(member, depth - 1);
    if (!value) return std::nullopt;
    if (json.kind == Json::Kind::kArray) {
      json.items.push_back(std::move(*value));
      continue;
    }
    const std::string_view name(bson_iter_key(&member), bson_iter_key_len(&member));
    if (!is_plain_text(name)) return std::nullopt;
    json.members.push_back({std::string(name), std::move(*value)});
  }
  if (has_twins(json)) return std::nullopt;
  return json;
}

std::optional<Json> read_json(const bson_iter_t& stored, int depth) {
  Json json;
  switch (bson_iter_type(&stored)) {
    case BSON_TYPE_NULL:
      return json;
    case BSON_TYPE_BOOL:
      json.kind = Json::Kind::kBoolean;
      json.boolean = bson_iter_bool(&stored);
      return json;
    case BSON_TYPE_UTF8: {
      std::uint32_t length = 0;
      const char* text = bson_iter_utf8(&stored, &length);
      return text_json(text, length);
    }
    case BSON_TYPE_ARRAY:
    case BSON_TYPE_DOCUMENT:
      return members_json(stored, depth);
    default:
      return number_json(stored);
  }
}

}  // namespace

void append_free_form(bson_t& document, std::string_view key, std::string_view canonical) {
  const Result<Json> json = parse_json(canonical, kDepth);
  if (!json || json->kind != Json::Kind::kObject) throw std::logic_error("append_free_form: a text that is no JSON object");
  append_json(document, key, *json);
}

Value read_free_form(const bson_iter_t& stored) {
  if (!BSON_ITER_HOLDS_DOCUMENT(&stored)) return {};
  const std::optional<Json> json = read_json(stored, kDepth);
  if (!json) return {};
  std::vector<FieldError> none;
  return Value(canonical_json(*json, "", none));
}

}  // namespace holdfast::mongo
