#include "engine/sqlite/codec.h"

#include <fmt/format.h>

#include <cmath>

#include "base/timestamp.h"
#include "base/unicode.h"
#include "model/record_json.h"

namespace holdfast::sqlite {
namespace {

constexpr int kArrayDepth = 2;

void bind_text(sqlite3_stmt* statement, int number, std::string_view text, sqlite3_destructor_type lifetime) {
  sqlite3_bind_text64(statement, number, text.data(), text.size(), lifetime, SQLITE_UTF8);
}

std::string_view text_of(sqlite3_value* stored) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(stored));
  return {text, static_cast<std::size_t>(sqlite3_value_bytes(stored))};
}

Value text_value(std::string_view text) {
  if (!is_plain_text(text)) return {};
  return Value(std::string(text));
}

// ["a","b"] as we write it, when no text needs an escape: nearly always, and then no JSON parser is needed. Absent: it is not so.
Value plain_texts(std::string_view json) {
  if (json.size() < 4 || !json.starts_with("[\"") || !json.ends_with("\"]") || json.find('\\') != json.npos) return {};
  if (!is_plain_text(json)) return {};
  Value::Array array;
  for (std::size_t start = 2;;) {
    const std::size_t end = json.find('"', start);
    array.emplace_back(std::string(json.substr(start, end - start)));
    if (end + 2 == json.size()) return Value(std::move(array));
    if (json.substr(end, 3) != "\",\"") return {};
    start = end + 3;
  }
}

// Decimals in arrays are found by their text where they have more digits than a double holds: another text of the same decimal would be
// answered and never found.
bool has_our_spelling(const Field& element, const Value::Array& values, std::string_view json) {
  const Result<Json> parsed = parse_json(json, kArrayDepth);
  if (!parsed) return false;
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::string ours, stored;
    append_json_value(ours, element, values[i]);
    append_json(stored, parsed->items[i]);
    const bool both_numbers = ours.front() != '"' && stored.front() != '"';
    if (!both_numbers && ours != stored) return false;
  }
  return true;
}

Value array_value(const Field& field, std::string_view json) {
  if (json == "[]") return Value(Value::Array{});
  if (field.element->kind == Kind::kString) {
    if (Value texts = plain_texts(json); !texts.is_absent()) return texts;
  }
  Result<Value> array = parse_stored(field, json);
  if (!array) return {};
  if (field.element->kind == Kind::kDecimal && !has_our_spelling(*field.element, array->array(), json)) return {};
  return std::move(*array);
}

Value text_column(const Field& field, std::string_view text) {
  switch (field.kind) {
    case Kind::kString:
      return text_value(text);
    case Kind::kDate:
      return is_date(text) ? Value(std::string(text)) : Value();
    case Kind::kArray:
      return array_value(field, text);
    case Kind::kObject:
    case Kind::kJson: {
      Result<Value> value = parse_stored(field, text);
      return value ? std::move(*value) : Value();
    }
    case Kind::kDateTime: {
      const auto instant = parse_wire_timestamp(text);
      return instant ? Value(*instant) : Value();
    }
    default:
      return {};
  }
}

Value integer_column(const Field& field, std::int64_t integer) {
  switch (field.kind) {
    case Kind::kInteger:
    case Kind::kDecimal:
      return Value(integer);
    case Kind::kBoolean:
      return integer == 0 || integer == 1 ? Value(integer == 1) : Value();
    case Kind::kNumber:
      return Value(static_cast<double>(integer));
    default:
      return {};
  }
}

// Absent: the column holds a value of another type.
Value read_value(sqlite3_value* stored, const Field& field) {
  switch (sqlite3_value_type(stored)) {
    case SQLITE_TEXT:
      return text_column(field, text_of(stored));
    case SQLITE_INTEGER:
      return integer_column(field, sqlite3_value_int64(stored));
    case SQLITE_FLOAT: {
      const double number = sqlite3_value_double(stored);
      return field.kind == Kind::kNumber && std::isfinite(number) ? Value(number) : Value();
    }
    case SQLITE_NULL:
      return field.admits_null ? Value(Null{}) : Value();
    default:
      return {};
  }
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

void bind_value(sqlite3_stmt* statement, int number, const Field* field, const Value& value) {
  if (value.is_null() || value.is_absent()) {
    sqlite3_bind_null(statement, number);
    return;
  }
  if (field != nullptr && field->kind == Kind::kDateTime) {
    std::string text;
    append_timestamp(text, value.integer());
    return bind_text(statement, number, text, SQLITE_TRANSIENT);
  }
  if (field != nullptr && (field->kind == Kind::kArray || field->kind == Kind::kObject)) {
    std::string json;
    append_stored_json(json, *field, value);
    return bind_text(statement, number, json, SQLITE_TRANSIENT);
  }
  const auto& alternatives = value.alternatives();
  if (const auto* text = std::get_if<std::string>(&alternatives)) {
    bind_text(statement, number, *text, SQLITE_STATIC);
  } else if (const auto* integer = std::get_if<std::int64_t>(&alternatives)) {
    sqlite3_bind_int64(statement, number, *integer);
  } else if (const auto* boolean = std::get_if<bool>(&alternatives)) {
    sqlite3_bind_int(statement, number, *boolean ? 1 : 0);
  } else {
    sqlite3_bind_double(statement, number, value.number());
  }
}

void bind_all(sqlite3_stmt* statement, std::span<const sql::Bound> parameters) {
  int number = 0;
  for (const sql::Bound& parameter : parameters) bind_value(statement, ++number, parameter.field, parameter.value);
}

Value read_column(sqlite3_stmt* statement, int column, const Field& field) {
  return read_value(sqlite3_column_value(statement, column), field);
}

Result<Record> read_record(sqlite3_stmt* statement, const Model& model, std::span<const std::size_t> ordinals) {
  Result<Record> record{Record{}};
  record->revision = sqlite3_column_int64(statement, 0);
  record->values.resize(model.fields.size());
  int column = 0;
  for (const std::size_t ordinal : ordinals) {
    // The value itself, not sqlite3_column_*: those check for errors at each call. In MULTITHREAD mode both are the same value.
    Value value = read_column(statement, ++column, model.fields[ordinal]);
    if (value.is_absent()) return invalid(model, model.fields[ordinal], *record);
    record->values[ordinal] = std::move(value);
  }
  return record;
}

}  // namespace holdfast::sqlite
