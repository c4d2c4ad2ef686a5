#include "model/field_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "base/decimal.h"
#include "base/id.h"
#include "base/timestamp.h"
#include "base/unicode.h"
#include "model/formats.h"
#include "model/free_form.h"

namespace holdfast {
namespace {

std::string quoted(std::string_view text) {
  std::string json;
  append_json_string(json, text);
  return json;
}

std::string_view type_name(const Field& field) {
  switch (field.kind) {
    case Kind::kString:
    case Kind::kDateTime:
    case Kind::kDate:
      return "string";
    case Kind::kInteger:
      return "integer";
    case Kind::kNumber:
    case Kind::kDecimal:
      return "number";
    case Kind::kBoolean:
      return "boolean";
    case Kind::kArray:
      return "array";
    case Kind::kObject:
    case Kind::kJson:
      return "object";
  }
  return {};
}

std::string_view format_name(const Field& field) {
  if (field.kind == Kind::kDateTime) return "date-time";
  if (field.kind == Kind::kDate) return "date";
  switch (field.format) {
    case Format::kUuid:
      return "uuid";
    case Format::kEmail:
      return "email";
    case Format::kUri:
      return "uri";
    case Format::kObjectId:
      return "objectId";
    case Format::kTextId:
    case Format::kNone:
      break;
  }
  return {};
}

bool has_format(const Field& field, const std::string& text) {
  switch (field.format) {
    case Format::kUuid:
      return parse_uuid(text).has_value();
    case Format::kEmail:
      return is_email(text);
    case Format::kUri:
      return is_uri(text);
    case Format::kObjectId:
    case Format::kTextId:
    case Format::kNone:
      break;
  }
  return true;
}

std::string enumeration_json(const Field& field) {
  std::string json = "[";
  for (const std::string& value : field.enumeration) {
    if (json.size() > 1) json.push_back(',');
    append_json_string(json, value);
  }
  return json + "]";
}

// What the person who sent the value reads when the model has no message of its own.
std::string built_in_message(std::string_view code, const std::string& limit) {
  if (code == "required") return "is required";
  if (code == "type") return fmt::format("must be of type {}", limit);
  if (code == "enum") return fmt::format("must be one of {}", limit);
  if (code == "format") return fmt::format("must have the format {}", limit);
  if (code == "pattern") return fmt::format("must match the pattern {}", limit);
  if (code == "minLength") return fmt::format("must have at least {} characters", limit);
  if (code == "maxLength") return fmt::format("must have at most {} characters", limit);
  if (code == "minimum") return fmt::format("must be at least {}", limit);
  if (code == "maximum") return fmt::format("must be at most {}", limit);
  if (code == "exclusiveMinimum") return fmt::format("must be greater than {}", limit);
  if (code == "exclusiveMaximum") return fmt::format("must be less than {}", limit);
  if (code == "multipleOf") return fmt::format("must be a multiple of {}", limit);
  if (code == "minItems") return fmt::format("must have at least {} items", limit);
  if (code == "maxItems") return fmt::format("must have at most {} items", limit);
  if (code == "uniqueItems") return "must not have the same item twice";
  if (code == "scale") return fmt::format("must have at most {} digits after the decimal point", limit);
  if (code == "precision") return fmt::format("must have at most {} digits in all", limit);
  if (code == "read_only") return "is kept by the server";
  return "is not valid";
}

// Nothing in it failed.
bool is_whole(const Value& value) {
  if (value.is_absent()) return false;
  const auto* items = std::get_if<Value::Array>(&value.alternatives());
  return items == nullptr || std::ranges::all_of(*items, is_whole);
}

// Instead of a patch: what replaces the stored value altogether. (A text alone would be merged.)
Value replacement(const Field& field, const Value& value) {
  if (value.is_null()) return value;
  if (field.kind == Kind::kJson) return Value(Value::Array{value});
  if (field.kind != Kind::kObject) return value;
  Value::Array members;
  for (std::size_t i = 0; i < field.properties.size(); ++i) members.push_back(replacement(field.properties[i], value.array()[i]));
  return Value(std::move(members));
}

// Remainder of doubles is not exact, so the loader admits multipleOf on integers and decimals only: both are int64 here.
bool is_multiple(const Value& value, const Value& of) {
  return value.integer() % of.integer() == 0;
}

}  // namespace

FieldRules::FieldRules(const Field& field, std::string pointer, std::vector<FieldError>& errors, Reading reading)
    : field_(field), pointer_(std::move(pointer)), errors_(errors), reading_(reading) {}

Value FieldRules::member(const Json* sent) {
  if (sent == nullptr) return absent_member();
  return sent->kind == Json::Kind::kNull ? null_member() : value_of(*sent);
}

Value FieldRules::absent_member() {
  if (reading_ == Reading::kPatch) return {};
  if (!field_.required) return default_or_null(field_);
  fail("required", "");
  return {};
}

Value FieldRules::null_member() {
  if (field_.lists_null) return Null{};
  if (reading_ == Reading::kWhole) return field_.admits_null ? Value(Null{}) : wrong_type();
  if (!field_.required) return replacement(field_, default_or_null(field_));
  fail("required", "");
  return {};
}

Value FieldRules::value_of(const Json& json) {
  switch (field_.kind) {
    case Kind::kString:
    case Kind::kDateTime:
    case Kind::kDate:
      return string_value(json);
    case Kind::kInteger:
      return integer_value(json);
    case Kind::kNumber:
      return number_value(json);
    case Kind::kDecimal:
      return decimal_value(json);
    case Kind::kBoolean:
      return json.kind == Json::Kind::kBoolean ? Value(json.boolean) : wrong_type();
    case Kind::kArray:
      return array_value(json);
    case Kind::kObject:
      return object_value(json);
    case Kind::kJson:
      return free_form_value(json);
  }
  return {};
}

Value FieldRules::string_value(const Json& json) {
  if (json.kind != Json::Kind::kString) return wrong_type();
  if (field_.is_reference()) return reference_value(json);
  std::string text = field_.trim ? std::string(trim(json.text)) : json.text;
  if (field_.lowercase) text = to_lower(text);
  if (field_.is_enum() && std::ranges::find(field_.enumeration, text) == field_.enumeration.end()) {
    fail("enum", enumeration_json(field_));
    return {};
  }
  check_text(text);
  if (field_.kind == Kind::kDateTime) {
    const auto instant = parse_timestamp(text);
    if (!instant) fail("format", quoted("date-time"));
    return instant ? Value(*instant) : Value{};
  }
  const bool formatted = field_.kind == Kind::kDate ? is_date(text) : has_format(field_, text);
  if (!formatted) fail("format", quoted(format_name(field_)));
  return Value(std::move(text));
}

Value FieldRules::reference_value(const Json& json) {
  if (auto id = parse_reference(field_, json.text)) return std::move(*id);
  if (field_.format == Format::kTextId) {
    errors_.push_back(text_id_error(field_, pointer_));
  } else {
    fail("format", quoted(format_name(field_)));
  }
  return {};
}

void FieldRules::check_text(const std::string& text) {
  const auto length = static_cast<std::int64_t>(count_code_points(text));
  if (field_.min_length && length < *field_.min_length) fail("minLength", std::to_string(*field_.min_length));
  if (field_.max_length && length > *field_.max_length) fail("maxLength", std::to_string(*field_.max_length));
  if (field_.pattern && !field_.pattern->matches(text)) fail("pattern", quoted(field_.pattern->text()));
}

Value FieldRules::integer_value(const Json& json) {
  if (json.kind != Json::Kind::kNumber) return wrong_type();
  const DecimalPosition position = locate_decimal(json.text, 0);
  if (!position.exact || position.beyond != 0) return wrong_type();
  Value value(position.floor);
  check_bounds(value);
  return value;
}

Value FieldRules::number_value(const Json& json) {
  if (json.kind != Json::Kind::kNumber) return wrong_type();
  const std::optional<Value> value = parse_double(json.text);
  if (!value) return wrong_type();
  check_bounds(*value);
  return *value;
}

Value FieldRules::decimal_value(const Json& json) {
  const bool written_as_number = json.kind == Json::Kind::kNumber || (json.kind == Json::Kind::kString && is_json_number(json.text));
  if (!written_as_number) return wrong_type();
  const DecimalParse decimal = parse_decimal(json.text, field_.precision, field_.scale);
  const auto fault = static_cast<unsigned>(decimal.fault);
  if (fault & static_cast<unsigned>(DecimalFault::kScale)) fail("scale", std::to_string(field_.scale));
  if (fault & static_cast<unsigned>(DecimalFault::kPrecision)) fail("precision", std::to_string(field_.precision));
  if (fault != 0) return {};
  Value value(decimal.units);
  check_bounds(value);
  return value;
}

void FieldRules::check_bounds(const Value& value) {
  const auto order = [&](const Bound& bound) { return compare(value, bound.value); };
  if (field_.minimum && order(*field_.minimum) < 0) fail("minimum", field_.minimum->text);
  if (field_.maximum && order(*field_.maximum) > 0) fail("maximum", field_.maximum->text);
  if (field_.exclusive_minimum && order(*field_.exclusive_minimum) <= 0) fail("exclusiveMinimum", field_.exclusive_minimum->text);
  if (field_.exclusive_maximum && order(*field_.exclusive_maximum) >= 0) fail("exclusiveMaximum", field_.exclusive_maximum->text);
  if (field_.multiple_of && !is_multiple(value, field_.multiple_of->value)) fail("multipleOf", field_.multiple_of->text);
}

Value FieldRules::array_value(const Json& json) {
  if (json.kind != Json::Kind::kArray) return wrong_type();
  std::vector<FieldError> item_errors;
  Value::Array items;
  items.reserve(json.items.size());
  for (std::size_t i = 0; i < json.items.size() && item_errors.size() < kMostErrors; ++i) {
    FieldRules rules(*field_.element, pointer_ + "/" + std::to_string(i), item_errors);
    items.push_back(json.items[i].kind == Json::Kind::kNull ? rules.wrong_type() : rules.value_of(json.items[i]));
  }
  check_items(items, json.items.size());
  std::ranges::move(item_errors, std::back_inserter(errors_));
  return Value(std::move(items));
}

void FieldRules::check_items(const Value::Array& items, std::size_t sent) {
  const auto count = static_cast<std::int64_t>(sent);
  if (field_.min_items && count < *field_.min_items) fail("minItems", std::to_string(*field_.min_items));
  if (field_.max_items && count > *field_.max_items) fail("maxItems", std::to_string(*field_.max_items));
  if (!field_.unique_items) return;
  std::vector<Value> sorted;
  std::ranges::copy_if(items, std::back_inserter(sorted), is_whole);
  std::ranges::sort(sorted, [](const Value& a, const Value& b) { return compare(a, b) < 0; });
  if (std::ranges::adjacent_find(sorted) != sorted.end()) fail("uniqueItems", "true");
}

Value FieldRules::object_value(const Json& json) {
  if (json.kind != Json::Kind::kObject) return wrong_type();
  std::vector<const Json*> sent(field_.properties.size());
  std::vector<const std::string*> unknown;
  for (const auto& [name, value] : json.members) {
    const auto declared = std::ranges::find(field_.properties, name, &Field::name);
    if (declared == field_.properties.end()) {
      unknown.push_back(&name);
    } else {
      sent[static_cast<std::size_t>(declared - field_.properties.begin())] = &value;
    }
  }
  Value::Array members;
  members.reserve(sent.size());
  for (std::size_t i = 0; i < sent.size(); ++i) {
    const Field& declared = field_.properties[i];
    members.push_back(FieldRules(declared, pointer_ + "/" + declared.name, errors_, reading_).member(sent[i]));
  }
  if (unknown.size() > kMostErrors) unknown.resize(kMostErrors);
  for (const std::string* name : unknown) {
    errors_.push_back({pointer_ + pointer_token(*name), "unknown_field", "is not a member that this object declares", ""});
  }
  return Value(std::move(members));
}

Value FieldRules::free_form_value(const Json& json) {
  if (json.kind != Json::Kind::kObject) return wrong_type();
  const std::size_t before = errors_.size();
  std::string text = canonical_json(json, pointer_, errors_);
  return errors_.size() == before ? Value(std::move(text)) : Value();
}

Value FieldRules::wrong_type() {
  fail("type", json_type_of(field_));
  return {};
}

void FieldRules::fail(std::string_view code, std::string limit) {
  errors_.push_back(field_error(field_, pointer_, code, std::move(limit)));
}

FieldError field_error(const Field& field, std::string pointer, std::string_view code, std::string limit) {
  const auto own = field.messages.find(code);
  std::string message = own != field.messages.end() ? own->second : built_in_message(code, limit);
  return {std::move(pointer), std::string(code), std::move(message), std::move(limit)};
}

FieldError text_id_error(const Field& field, std::string pointer) {
  const auto own = field.messages.find("pattern");
  const std::string_view message = own != field.messages.end() ? std::string_view(own->second)
                                                               : "must be 1 to 100 of A-Z a-z 0-9 . _ ~ - and not count, search, . or ..";
  return {std::move(pointer), "pattern", std::string(message), "\"[A-Za-z0-9._~-]{1,100}\""};
}

std::optional<Value> parse_reference(const Field& field, std::string_view text) {
  if (!field.is_reference()) return Value(std::string(text));
  std::optional<std::string> id;
  if (field.format == Format::kUuid) id = parse_uuid(text);
  if (field.format == Format::kObjectId) id = parse_object_id(text);
  if (field.format == Format::kTextId && is_text_id(text)) id = std::string(text);
  if (!id) return std::nullopt;
  return Value(std::move(*id));
}

Value default_or_null(const Field& field) {
  return field.default_value.is_absent() ? Value(Null{}) : field.default_value;
}

std::string json_type_of(const Field& field) {
  if (!field.lists_null) return quoted(type_name(field));
  return fmt::format("[\"{}\",\"null\"]", type_name(field));
}

std::optional<Value> parse_double(std::string_view text) {
  if (!is_json_number(text)) return std::nullopt;
  // 1e999 becomes infinite and is refused; 1e-999 becomes 0, which is the nearest double.
  const double number = std::strtod(std::string(text).c_str(), nullptr);
  if (!std::isfinite(number)) return std::nullopt;
  return Value(number == 0 ? 0.0 : number);
}

}  // namespace holdfast
