#include "engine/postgres/codec.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "base/id.h"
#include "base/timestamp.h"
#include "engine/postgres/numeric.h"
#include "engine/postgres/wire.h"
#include "model/record_json.h"

namespace holdfast::postgres {
namespace {

// Of pg_type: the same on every server.
constexpr Oid kBoolean = 16, kBigint = 20, kText = 25, kDouble = 701, kDate = 1082, kTimestamp = 1184, kNumeric = 1700, kUuid = 2950,
              kJsonb = 3802;
constexpr Oid kOfTheContext = 0;      // what the place of the parameter takes
constexpr Oid kFirstOfUsers = 16384;  // types that are not built in

Oid array_of(Oid element) {
  switch (element) {
    case kBoolean:
      return 1000;
    case kBigint:
      return 1016;
    case kText:
      return 1009;
    case kDouble:
      return 1022;
    case kDate:
      return 1182;
    case kTimestamp:
      return 1185;
    case kNumeric:
      return 1231;
    case kUuid:
      return 2951;
    default:
      return 3807;
  }
}

Oid scalar_type(const Field& field) {
  switch (field.kind) {
    case Kind::kString:
      return is_uuid(field) ? kUuid : kText;
    case Kind::kInteger:
      return kBigint;
    case Kind::kNumber:
      return kDouble;
    case Kind::kDecimal:
      return kNumeric;
    case Kind::kBoolean:
      return kBoolean;
    case Kind::kDateTime:
      return kTimestamp;
    case Kind::kDate:
      return kDate;
    case Kind::kArray:
    case Kind::kObject:
    case Kind::kJson:
      break;
  }
  return kJsonb;
}

bool is_native_array(const Field& field) {
  return field.kind == Kind::kArray && field.element->is_scalar();
}

Oid column_type(const Field& field) {
  return is_native_array(field) ? array_of(scalar_type(*field.element)) : scalar_type(field);
}

// Both count from 2000-01-01.
constexpr Milliseconds kEpoch = 946'684'800'000;
constexpr Milliseconds kDay = 86'400'000;
constexpr Milliseconds kFirstInstant = -62'135'596'800'000;  // 0001-01-01T00:00:00.000Z
constexpr Milliseconds kLastInstant = 253'402'300'799'999;   // 9999-12-31T23:59:59.999Z

std::int32_t days_of(const std::string& date) {
  const auto midnight = parse_wire_timestamp(date + "T00:00:00.000Z");
  if (!midnight) throw std::invalid_argument(date + " is no date");
  return static_cast<std::int32_t>((*midnight - kEpoch) / kDay);
}

void append_uuid(std::string& out, const std::string& text) {
  const auto uuid = parse_uuid(text);
  if (!uuid) throw std::invalid_argument(text + " is no uuid");
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  for (std::size_t i = 0; i < uuid->size(); i += 2) {
    if ((*uuid)[i] == '-') ++i;
    out.push_back(static_cast<char>(digit((*uuid)[i]) * 16 + digit((*uuid)[i + 1])));
  }
}

// The bytes of a value that is no array. `field`: where it says more than the value itself.
void append_scalar(std::string& out, Oid type, const Field* field, const Value& value) {
  switch (type) {
    case kBoolean:
      out.push_back(value.boolean() ? '\1' : '\0');
      return;
    case kBigint:
      return append_big_endian(out, value.integer());
    case kDouble:
      return append_big_endian(out, std::bit_cast<std::int64_t>(value.number()));
    case kNumeric:
      return append_numeric(out, value.integer(), field->scale);
    case kTimestamp:
      return append_big_endian(out, (value.integer() - kEpoch) * 1000);
    case kDate:
      return append_big_endian(out, days_of(value.text()));
    case kUuid:
      return append_uuid(out, value.text());
    default:
      out.append(value.text());
  }
}

std::string array_bytes(Oid type, const Field* field, std::span<const Value> items) {
  std::string out;
  append_big_endian(out, std::int32_t{items.empty() ? 0 : 1});  // dimensions
  append_big_endian(out, std::int32_t{0});                      // no null
  append_big_endian(out, static_cast<std::int32_t>(type));
  if (items.empty()) return out;
  append_big_endian(out, static_cast<std::int32_t>(items.size()));
  append_big_endian(out, std::int32_t{1});  // the first index
  for (const Value& item : items) {
    const std::size_t at = out.size();
    append_big_endian(out, std::int32_t{0});
    append_scalar(out, type, field, item);
    put_big_endian(out.data() + at, static_cast<std::int32_t>(out.size() - at - 4));
  }
  return out;
}

Oid type_of(const Value& value) {
  const auto& alternatives = value.alternatives();
  if (std::holds_alternative<bool>(alternatives)) return kBoolean;
  if (std::holds_alternative<std::int64_t>(alternatives)) return kBigint;
  if (std::holds_alternative<double>(alternatives)) return kDouble;
  return kText;
}

Parameter encode_untyped(const Value& value) {
  if (value.is_null() || value.is_absent()) return {};
  if (const auto* items = std::get_if<Value::Array>(&value.alternatives())) {
    const Oid type = items->empty() ? kText : type_of(items->front());
    return {array_of(type), array_bytes(type, nullptr, *items)};
  }
  Parameter parameter{type_of(value), std::string()};
  append_scalar(*parameter.bytes, parameter.type, nullptr, value);
  return parameter;
}

Value read_text(std::string_view bytes) {
  return Value(std::string(bytes));
}

Value read_date(std::string_view bytes) {
  if (bytes.size() != 4) return {};
  const Milliseconds midnight = read_big_endian<std::int32_t>(bytes) * kDay + kEpoch;
  if (midnight < kFirstInstant || midnight > kLastInstant) return {};  // also infinity
  std::string text;
  append_timestamp(text, midnight);
  return Value(text.substr(0, 10));
}

Value read_timestamp(std::string_view bytes) {
  if (bytes.size() != 8) return {};
  const auto microseconds = read_big_endian<std::int64_t>(bytes);
  const Milliseconds since = microseconds / 1000 - (microseconds % 1000 < 0 ? 1 : 0);
  const Milliseconds instant = since + kEpoch;
  return instant < kFirstInstant || instant > kLastInstant ? Value() : Value(instant);  // also infinity
}

Value read_double(std::string_view bytes) {
  if (bytes.size() != 8) return {};
  const auto number = std::bit_cast<double>(read_big_endian<std::int64_t>(bytes));
  return std::isfinite(number) ? Value(number) : Value();
}

Value read_uuid(std::string_view bytes) {
  if (bytes.size() != 16) return {};
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text(36, '-');
  std::size_t at = 0;
  for (const char byte : bytes) {
    if (at == 8 || at == 13 || at == 18 || at == 23) ++at;
    text[at++] = kDigits[static_cast<unsigned char>(byte) >> 4];
    text[at++] = kDigits[byte & 15];
  }
  return Value(std::move(text));
}

Value read_scalar(const Field& field, Oid type, std::string_view bytes) {
  switch (type) {
    case kBoolean:
      return bytes.size() == 1 ? Value(bytes[0] != 0) : Value();
    case kBigint:
      return bytes.size() == 8 ? Value(read_integer(bytes)) : Value();
    case kText:
      return read_text(bytes);
    case kDouble:
      return read_double(bytes);
    case kDate:
      return read_date(bytes);
    case kTimestamp:
      return read_timestamp(bytes);
    case kNumeric:
      return read_numeric(bytes, field.scale);
    case kUuid:
      return read_uuid(bytes);
    default:
      return {};
  }
}

// Nulls in it, and arrays of several dimensions, are no arrays of ours.
Value read_array(const Field& element, Oid type, std::string_view bytes) {
  constexpr std::size_t kHead = 12, kDimension = 8;
  if (bytes.size() < kHead || read_big_endian<std::int32_t>(bytes.substr(8)) != static_cast<std::int32_t>(type)) return {};
  const auto dimensions = read_big_endian<std::int32_t>(bytes);
  if (dimensions == 0) return Value(Value::Array{});
  if (dimensions != 1 || bytes.size() < kHead + kDimension) return {};
  auto count = read_big_endian<std::int32_t>(bytes.substr(kHead));
  bytes.remove_prefix(kHead + kDimension);
  Value::Array items;
  for (; count > 0; --count) {
    if (bytes.size() < 4) return {};
    const auto length = read_big_endian<std::int32_t>(bytes);
    bytes.remove_prefix(4);
    if (length < 0 || static_cast<std::size_t>(length) > bytes.size()) return {};
    items.push_back(read_scalar(element, type, bytes.substr(0, static_cast<std::size_t>(length))));
    if (items.back().is_absent()) return {};
    bytes.remove_prefix(static_cast<std::size_t>(length));
  }
  return Value(std::move(items));
}

Error invalid(const Model& model, const Field& field, const Record& record) {
  std::string id = "?";
  const Value& value = record.values[0];
  if (const auto* text = std::get_if<std::string>(&value.alternatives())) id = *text;
  if (const auto* integer = std::get_if<std::int64_t>(&value.alternatives())) id = fmt::format("{}", *integer);
  return Error(Code::kStoredValueInvalid,
               fmt::format("{} {} holds a value of another type in {}; mend it in the database.", model.name, id, field.name));
}

}  // namespace

bool is_uuid(const Field& field) noexcept {
  return field.format == Format::kUuid && (field.role == Role::kId || field.is_reference());
}

Parameter encode(const sql::Bound& bound) {
  if (bound.field == nullptr) return encode_untyped(bound.value);
  const Field& field = *bound.field;
  const auto* items = std::get_if<Value::Array>(&bound.value.alternatives());
  if (field.is_scalar() && items != nullptr) return {array_of(scalar_type(field)), array_bytes(scalar_type(field), &field, *items)};
  Parameter parameter{column_type(field), std::nullopt};
  if (field.is_enum()) parameter.type = kOfTheContext;  // the column may be a native enum
  if (bound.value.is_null() || bound.value.is_absent()) return parameter;
  if (is_native_array(field)) {
    parameter.bytes = array_bytes(scalar_type(*field.element), field.element.get(), *items);
  } else if (parameter.type == kJsonb) {
    parameter.bytes = "\1";  // the version of the form
    append_stored_json(*parameter.bytes, field, bound.value, StoredDecimals::kNumbers);
  } else {
    append_scalar(parameter.bytes.emplace(), parameter.type, &field, bound.value);
  }
  return parameter;
}

Query encode(const sql::Statement& statement) {
  Query query;
  query.text = statement.text;
  query.parameters.reserve(statement.parameters.size());
  for (const sql::Bound& bound : statement.parameters) query.parameters.push_back(encode(bound));
  return query;
}

Parameter encode_ids(const Model& model, std::span<const Value> ids) {
  const Oid type = scalar_type(model.fields[0]);
  return {array_of(type), array_bytes(type, &model.fields[0], ids)};
}

Parameter encode_json(std::string_view text) {
  return {kJsonb, "\1" + std::string(text)};
}

Value read_value(const Field& field, Oid type, std::string_view bytes) {
  if (field.is_enum() && type >= kFirstOfUsers) return read_text(bytes);  // its label
  if (type != column_type(field)) return {};
  if (is_native_array(field)) return read_array(*field.element, scalar_type(*field.element), bytes);
  if (type != kJsonb) return read_scalar(field, type, bytes);
  Result<Value> value = parse_stored(field, read_json(bytes), StoredDecimals::kNumbers);
  return value ? std::move(*value) : Value();
}

Result<Record> read_record(const Answer& answer, int row, const Model& model, std::span<const std::size_t> ordinals) {
  Result<Record> record{Record{}};
  record->revision = answer.is_null(row, 0) ? 0 : read_integer(answer.bytes(row, 0));
  record->values.resize(model.fields.size());
  int column = 0;
  for (const std::size_t ordinal : ordinals) {
    const Field& field = model.fields[ordinal];
    ++column;
    Value value;
    if (!answer.is_null(row, column)) {
      value = read_value(field, answer.type(column), answer.bytes(row, column));
    } else if (field.admits_null) {
      value = Null{};
    }
    if (value.is_absent()) return invalid(model, field, *record);
    record->values[ordinal] = std::move(value);
  }
  return record;
}

std::int64_t read_integer(std::string_view bytes) noexcept {
  switch (bytes.size()) {
    case 2:
      return read_big_endian<std::int16_t>(bytes);
    case 4:
      return read_big_endian<std::int32_t>(bytes);
    case 8:
      return read_big_endian<std::int64_t>(bytes);
    default:
      return 0;
  }
}

std::string_view read_json(std::string_view bytes) noexcept {
  return bytes.empty() || bytes.front() != '\1' ? std::string_view() : bytes.substr(1);
}

}  // namespace holdfast::postgres
