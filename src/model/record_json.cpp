#include "model/record_json.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/decimal.h"
#include "base/hash.h"
#include "base/timestamp.h"
#include "model/field_rules.h"
#include "model/free_form.h"

namespace holdfast {
namespace {

// Decimals of more digits than a double can hold travel as strings (semantics.md §1).
constexpr int kLargestNumberPrecision = 15;

// simdjson reads 1,024 levels at most. Bodies are held to fewer; what others stored is not.
constexpr int kStoredDepth = 1000;

// What a decimal looks like: as on the wire, as its count of units, or as a number of any length.
enum class Digits : std::uint8_t { kWire, kUnits, kPlain };

void append_value(std::string& out, const Field& field, const Value& value, Digits digits);

void append_member(std::string& out, const Field& field, const Value& value, char separator, Digits digits) {
  out.push_back(separator);
  out.push_back('"');
  out.append(field.name);  // [A-Za-z0-9_]: nothing to escape
  out.append("\":");
  append_value(out, field, value, digits);
}

void append_array(std::string& out, const Field& field, const Value::Array& array, Digits digits) {
  char separator = '[';
  for (const Value& item : array) {
    out.push_back(separator);
    append_value(out, *field.element, item, digits);
    separator = ',';
  }
  if (array.empty()) out.push_back('[');
  out.push_back(']');
}

void append_object(std::string& out, const Field& field, const Value::Array& members, Digits digits) {
  char separator = '{';
  for (std::size_t i = 0; i < members.size(); ++i) {
    append_member(out, field.properties[i], members[i], separator, digits);
    separator = ',';
  }
  if (members.empty()) out.push_back('{');
  out.push_back('}');
}

void append_decimal_value(std::string& out, const Field& field, std::int64_t units, Digits digits) {
  if (digits == Digits::kUnits) return append_decimal(out, units, 0);
  const bool quoted = digits == Digits::kWire && field.precision > kLargestNumberPrecision;
  if (quoted) out.push_back('"');
  append_decimal(out, units, field.scale);
  if (quoted) out.push_back('"');
}

void append_value(std::string& out, const Field& field, const Value& value, Digits digits) {
  if (value.is_null()) {
    out.append("null");
    return;
  }
  switch (field.kind) {
    case Kind::kString:
    case Kind::kDate:
      return append_json_string(out, value.text());
    case Kind::kInteger:
      return append_decimal(out, value.integer(), 0);
    case Kind::kNumber:
      return append_json_number(out, value.number());
    case Kind::kBoolean:
      out.append(value.boolean() ? "true" : "false");
      return;
    case Kind::kDecimal:
      return append_decimal_value(out, field, value.integer(), digits);
    case Kind::kDateTime:
      out.push_back('"');
      append_timestamp(out, value.integer());
      out.push_back('"');
      return;
    case Kind::kArray:
      return append_array(out, field, value.array(), digits);
    case Kind::kObject:
      return append_object(out, field, value.array(), digits);
    case Kind::kJson:
      out.append(value.text());
      return;
  }
}

// Decimals inside a JSON column.
Digits stored_digits(const Field& field, StoredDecimals decimals) {
  if (field.kind == Kind::kArray && field.element->is_scalar()) return Digits::kWire;
  return decimals == StoredDecimals::kUnits ? Digits::kUnits : Digits::kPlain;
}

const Json* member_of(const Json& object, const std::string& name) {
  const auto found = std::ranges::find(object.members, name, &Json::Member::name);
  return found == object.members.end() ? nullptr : &found->value;
}

// An object as it is stored, with the members of `stored` that the model does not declare behind its own.
void append_keeping(std::string& out, const Field& field, const Value& value, const Json* stored, Digits digits) {
  const bool keeps = field.kind == Kind::kObject && !value.is_null() && stored != nullptr && stored->kind == Json::Kind::kObject;
  if (!keeps) return append_value(out, field, value, digits);
  char separator = '{';
  for (std::size_t i = 0; i < field.properties.size(); ++i) {
    const Field& declared = field.properties[i];
    fmt::format_to(std::back_inserter(out), "{}\"{}\":", separator, declared.name);
    append_keeping(out, declared, value.array()[i], member_of(*stored, declared.name), digits);
    separator = ',';
  }
  for (const Json::Member& member : stored->members) {
    if (std::ranges::find(field.properties, member.name, &Field::name) != field.properties.end()) continue;
    out.push_back(separator);
    append_json_string(out, member.name);
    out.push_back(':');
    append_json(out, member.value);
    separator = ',';
  }
  out.push_back('}');
}

// JSON into values by type alone: no transforms, no limits. Absent: it is of another type, somewhere.
class Reader {
 public:
  // kStored: what lies in a column, and only in the spelling of the stored form. kClaimed: what a client wrote, in any spelling of bodies.
  enum class Source : std::uint8_t { kStored, kClaimed };

  Reader(Source source, Digits digits) : source_(source), digits_(digits) {}

  Value read(const Field& field, const Json& json) const {
    switch (field.kind) {
      case Kind::kBoolean:
        return json.kind == Json::Kind::kBoolean ? Value(json.boolean) : Value();
      case Kind::kInteger:
        return json.kind == Json::Kind::kNumber ? units(json.text, 0) : Value();
      case Kind::kNumber:
        return json.kind == Json::Kind::kNumber ? parse_double(json.text).value_or(Value()) : Value();
      case Kind::kDecimal:
        return decimal(field, json);
      case Kind::kString:
      case Kind::kDate:
      case Kind::kDateTime:
        return json.kind == Json::Kind::kString ? text(field, json.text) : Value();
      case Kind::kArray:
        return json.kind == Json::Kind::kArray ? array(field, json) : Value();
      case Kind::kObject:
        return json.kind == Json::Kind::kObject ? object(field, json) : Value();
      case Kind::kJson:
        return json.kind == Json::Kind::kObject ? free_form(json) : Value();
    }
    return {};
  }

 private:
  // More digits than the field admits are a limit that others may have broken; more than int64 holds are another type.
  static Value units(std::string_view number, int scale) {
    const DecimalPosition position = locate_decimal(number, scale);
    return position.exact && position.beyond == 0 ? Value(position.floor) : Value();
  }

  Value decimal(const Field& field, const Json& json) const {
    if (digits_ == Digits::kUnits) return json.kind == Json::Kind::kNumber ? units(json.text, 0) : Value();
    const bool may_be_quoted = digits_ == Digits::kWire;  // what SQL compares as a number is stored as one
    if (json.kind != Json::Kind::kNumber && !(may_be_quoted && json.kind == Json::Kind::kString)) return {};
    return is_json_number(json.text) ? units(json.text, field.scale) : Value();
  }

  Value text(const Field& field, const std::string& text) const {
    if (field.kind == Kind::kDate) return is_date(text) ? Value(text) : Value();
    if (field.kind == Kind::kDateTime) {
      const auto instant = source_ == Source::kStored ? parse_wire_timestamp(text) : parse_timestamp(text);
      return instant ? Value(*instant) : Value();
    }
    return source_ == Source::kClaimed ? parse_reference(field, text).value_or(Value(text)) : Value(text);
  }

  Value array(const Field& field, const Json& json) const {
    Value::Array items;
    items.reserve(json.items.size());
    for (const Json& item : json.items) {
      items.push_back(read(*field.element, item));
      if (items.back().is_absent()) return {};
    }
    return Value(std::move(items));
  }

  Value object(const Field& field, const Json& json) const {
    Value::Array members(field.properties.size(), Value(Null{}));
    for (const auto& [name, value] : json.members) {
      const auto declared = std::ranges::find(field.properties, name, &Field::name);
      if (declared == field.properties.end()) {
        if (source_ == Source::kClaimed) return {};
        continue;
      }
      if (value.kind == Json::Kind::kNull) continue;
      Value& member = members[static_cast<std::size_t>(declared - field.properties.begin())];
      member = read(*declared, value);
      if (member.is_absent()) return {};
    }
    return Value(std::move(members));
  }

  // Keys that no body may have are served as others wrote them; a number that is no finite double has no text.
  static Value free_form(const Json& json) {
    std::vector<FieldError> errors;
    std::string text = canonical_json(json, "", errors);
    const bool is_value = std::ranges::none_of(errors, [](const FieldError& error) { return error.code == "type"; });
    return is_value ? Value(std::move(text)) : Value();
  }

  Source source_;
  Digits digits_;
};

}  // namespace

void append_json_value(std::string& out, const Field& field, const Value& value) {
  append_value(out, field, value, Digits::kWire);
}

void append_json(std::string& out, const Model& model, const Record& record) {
  char separator = '{';
  for (std::size_t i = 0; i < model.fields.size(); ++i) {
    if (model.fields[i].write_only) continue;
    append_member(out, model.fields[i], record.values[i], separator, Digits::kWire);
    separator = ',';
  }
  out.push_back('}');
}

void append_json(std::string& out, const Model& model, const Record& record, std::span<const std::size_t> ordinals) {
  char separator = '{';
  for (const std::size_t ordinal : ordinals) {
    if (model.fields[ordinal].write_only) continue;
    append_member(out, model.fields[ordinal], record.values[ordinal], separator, Digits::kWire);
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

void append_stored_json(std::string& out, const Field& field, const Value& value, StoredDecimals decimals) {
  append_value(out, field, value, stored_digits(field, decimals));
}

void append_stored_object(std::string& out, const Field& field, const Value& value, std::string_view stored, StoredDecimals decimals) {
  const Result<Json> parsed = parse_json(stored, kStoredDepth);
  append_keeping(out, field, value, parsed ? &*parsed : nullptr, stored_digits(field, decimals));
}

Result<Value> parse_stored(const Field& field, std::string_view json, StoredDecimals decimals) {
  const Result<Json> parsed = parse_json(json, kStoredDepth);
  Value value = parsed ? Reader(Reader::Source::kStored, stored_digits(field, decimals)).read(field, *parsed) : Value();
  if (!value.is_absent()) return value;
  return Error(Code::kStoredValueInvalid, fmt::format("{} holds something that is not JSON of its type.", field.name));
}

Value parse_claimed(const Field& field, const Json& json) {
  if (json.kind == Json::Kind::kNull) return Null{};
  return Reader(Reader::Source::kClaimed, Digits::kWire).read(field, json);
}

}  // namespace holdfast
