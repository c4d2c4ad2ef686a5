#include "model/record_json.h"

#include <fmt/format.h>

#include "base/decimal.h"
#include "base/hash.h"
#include "base/timestamp.h"
#include "model/field_rules.h"
#include "model/json.h"

namespace holdfast {
namespace {

// Decimals of more digits than a double can hold travel as strings (semantics.md §1).
constexpr int kLargestNumberPrecision = 15;

void append_member(std::string& out, const Field& field, const Value& value, char separator) {
  out.push_back(separator);
  out.push_back('"');
  out.append(field.name);  // [A-Za-z0-9_]: nothing to escape
  out.append("\":");
  append_json_value(out, field, value);
}

void append_array(std::string& out, const Field& field, const Value::Array& array) {
  char separator = '[';
  for (const Value& item : array) {
    out.push_back(separator);
    append_json_value(out, *field.element, item);
    separator = ',';
  }
  if (array.empty()) out.push_back('[');
  out.push_back(']');
}

void append_object(std::string& out, const Field& field, const Value::Array& members) {
  char separator = '{';
  for (std::size_t i = 0; i < members.size(); ++i) {
    append_member(out, field.properties[i], members[i], separator);
    separator = ',';
  }
  if (members.empty()) out.push_back('{');
  out.push_back('}');
}

Error not_stored_as(const Field& field, std::string_view wanted) {
  return Error(Code::kStoredValueInvalid, fmt::format("{} holds something that is not {}.", field.name, wanted));
}

// One element of a stored array, of the wire's own form.
Result<Value> element_value(const Field& array, const Json& json) {
  const Field& element = *array.element;
  switch (element.kind) {
    case Kind::kBoolean:
      if (json.kind == Json::Kind::kBoolean) return Value(json.boolean);
      break;
    case Kind::kString:
    case Kind::kDate:
      if (json.kind == Json::Kind::kString) return Value(json.text);
      break;
    case Kind::kDateTime:
      if (json.kind != Json::Kind::kString) break;
      if (const auto instant = parse_wire_timestamp(json.text)) return Value(*instant);
      break;
    case Kind::kDecimal:
      if (json.kind != Json::Kind::kNumber && json.kind != Json::Kind::kString) break;
      if (!is_json_number(json.text)) break;
      if (const DecimalParse decimal = parse_decimal(json.text, element.precision, element.scale); decimal.fault == DecimalFault::kNone) {
        return Value(decimal.units);
      }
      break;
    case Kind::kInteger:
      if (json.kind != Json::Kind::kNumber) break;
      if (const DecimalPosition integer = locate_decimal(json.text, 0); integer.exact && integer.beyond == 0) return Value(integer.floor);
      break;
    case Kind::kNumber:
      if (json.kind != Json::Kind::kNumber) break;
      if (const auto number = parse_double(json.text)) return *number;
      break;
    case Kind::kArray:
    case Kind::kObject:
    case Kind::kJson:
      break;
  }
  return not_stored_as(array, "an array of its type");
}

}  // namespace

void append_json_value(std::string& out, const Field& field, const Value& value) {
  if (value.is_null()) {
    out.append("null");
    return;
  }
  switch (field.kind) {
    case Kind::kString:
    case Kind::kDate:
      append_json_string(out, value.text());
      return;
    case Kind::kInteger:
      append_decimal(out, value.integer(), 0);
      return;
    case Kind::kNumber:
      append_json_number(out, value.number());
      return;
    case Kind::kBoolean:
      out.append(value.boolean() ? "true" : "false");
      return;
    case Kind::kDecimal: {
      const bool quoted = field.precision > kLargestNumberPrecision;
      if (quoted) out.push_back('"');
      append_decimal(out, value.integer(), field.scale);
      if (quoted) out.push_back('"');
      return;
    }
    case Kind::kDateTime:
      out.push_back('"');
      append_timestamp(out, value.integer());
      out.push_back('"');
      return;
    case Kind::kArray:
      append_array(out, field, value.array());
      return;
    case Kind::kObject:
      append_object(out, field, value.array());
      return;
    case Kind::kJson:
      out.append(value.text());
      return;
  }
}

void append_json(std::string& out, const Model& model, const Record& record) {
  char separator = '{';
  for (std::size_t i = 0; i < model.fields.size(); ++i) {
    append_member(out, model.fields[i], record.values[i], separator);
    separator = ',';
  }
  out.push_back('}');
}

void append_json(std::string& out, const Model& model, const Record& record, std::span<const std::size_t> ordinals) {
  char separator = '{';
  for (const std::size_t ordinal : ordinals) {
    append_member(out, model.fields[ordinal], record.values[ordinal], separator);
    separator = ',';
  }
  out.push_back('}');
}

std::string etag_of(std::int64_t revision, std::string_view canonical_json) {
  constexpr std::string_view kHexDigits = "0123456789abcdef";
  const auto hash = static_cast<std::uint32_t>(content_hash(canonical_json));
  std::string etag = "\"";
  append_decimal(etag, revision, 0);
  etag.push_back('-');
  for (int shift = 28; shift >= 0; shift -= 4) etag.push_back(kHexDigits[(hash >> shift) & 15]);
  etag.push_back('"');
  return etag;
}

std::string etag_of(const Model& model, const Record& record) {
  std::string json;
  json.reserve(512);
  append_json(json, model, record);
  return etag_of(record.revision, json);
}

Result<Value> parse_stored_array(const Field& field, std::string_view json) {
  Result<Json> parsed = parse_json(json, 2);
  if (!parsed || parsed->kind != Json::Kind::kArray) return not_stored_as(field, "a JSON array");
  Value::Array array;
  array.reserve(parsed->items.size());
  for (const Json& item : parsed->items) {
    Result<Value> value = element_value(field, item);
    if (!value) return value.error();
    array.push_back(std::move(*value));
  }
  return Value(std::move(array));
}

}  // namespace holdfast
