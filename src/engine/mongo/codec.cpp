#include "engine/mongo/codec.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "base/timestamp.h"
#include "base/unicode.h"
#include "engine/mongo/document.h"
#include "engine/mongo/free_form.h"
#include "engine/mongo/number.h"
#include "engine/mongo/shown_id.h"
#include "engine/selection.h"
#include "model/storage_names.h"

namespace holdfast::mongo {
namespace {

constexpr Milliseconds kFirstInstant = -62'135'596'800'000;  // 0001-01-01T00:00:00.000Z
constexpr Milliseconds kLastInstant = 253'402'300'799'999;   // 9999-12-31T23:59:59.999Z

void append_object_id(bson_t& document, std::string_view key, const std::string& text) {
  bson_oid_t id;
  bson_oid_init_from_string(&id, text.c_str());
  bson_append_oid(&document, key.data(), static_cast<int>(key.size()), &id);
}

void append_decimal_value(bson_t& document, std::string_view key, const Field& field, std::int64_t units) {
  if (field.stored_as_double) return append_double(document, key, double_of(units, field.scale));
  const bson_decimal128_t decimal = decimal128_of(units, field.scale);
  bson_append_decimal128(&document, key.data(), static_cast<int>(key.size()), &decimal);
}

void append_array(bson_t& document, std::string_view key, const Field& field, const Value::Array& items) {
  NestedArray array(document, key);
  for (const Value& item : items) append_value(array.get(), array.next_key(), *field.element, item);
}

void append_object(bson_t& document, std::string_view key, const Field& field, const Value::Array& members) {
  Nested object(document, key);
  for (std::size_t i = 0; i < members.size(); ++i) {
    const Field& declared = field.properties[i];
    if (!members[i].is_null()) append_value(object, declared.name, declared, members[i]);
  }
}

Value read_text(const bson_iter_t& stored) {
  if (!BSON_ITER_HOLDS_UTF8(&stored)) return {};
  std::uint32_t length = 0;
  const char* text = bson_iter_utf8(&stored, &length);
  if (!is_plain_text({text, length})) return {};
  return Value(std::string(text, length));
}

Value read_object_id(const bson_iter_t& stored) {
  if (!BSON_ITER_HOLDS_OID(&stored)) return {};
  char text[25];
  bson_oid_to_string(bson_iter_oid(&stored), text);
  return Value(std::string(text));
}

Value read_string(const bson_iter_t& stored, const Field& field) {
  if (field.format == Format::kObjectId) return read_object_id(stored);
  Value text = read_text(stored);
  if (field.kind == Kind::kDate && !text.is_absent() && !is_date(text.text())) return {};
  return text;
}

Value read_instant(const bson_iter_t& stored) {
  if (!BSON_ITER_HOLDS_DATE_TIME(&stored)) return {};
  const Milliseconds instant = bson_iter_date_time(&stored);
  return instant >= kFirstInstant && instant <= kLastInstant ? Value(instant) : Value();
}

template <typename T>
Value or_absent(std::optional<T> value) {
  return value ? Value(*value) : Value();
}

Value read_array(const bson_iter_t& stored, const Field& field) {
  bson_iter_t item;
  if (!BSON_ITER_HOLDS_ARRAY(&stored) || !bson_iter_recurse(&stored, &item)) return {};
  Value::Array items;
  while (bson_iter_next(&item)) {
    items.push_back(read_value(item, *field.element));
    if (items.back().is_absent()) return {};
  }
  return Value(std::move(items));
}

bool is_null(const bson_iter_t& stored) {
  return BSON_ITER_HOLDS_NULL(&stored);
}

Value read_object(const bson_iter_t& stored, const Field& field) {
  bson_iter_t member;
  if (!BSON_ITER_HOLDS_DOCUMENT(&stored) || !bson_iter_recurse(&stored, &member)) return {};
  Value::Array members(field.properties.size(), Value(Null{}));
  while (bson_iter_next(&member)) {
    const std::string_view name(bson_iter_key(&member), bson_iter_key_len(&member));
    const auto declared = std::ranges::find(field.properties, name, &Field::name);
    if (declared == field.properties.end() || is_null(member)) continue;
    Value& value = members[static_cast<std::size_t>(declared - field.properties.begin())];
    value = read_value(member, *declared);
    if (value.is_absent()) return {};
  }
  return Value(std::move(members));
}

Error invalid(const bson_t& document, const Model& model, const Field& field) {
  return Error(Code::kStoredValueInvalid, fmt::format("{} {} holds a value of another type in {}; mend it in the database.", model.name,
                                                      shown_id_of(document, model), field.name));
}

// Documents are written in the model's order, so that each field is most often found where the last one ended.
bool find_member(bson_iter_t& place, const bson_t& document, std::string_view name) {
  return bson_iter_init_find_w_len(&place, &document, name.data(), static_cast<int>(name.size()));
}

// Null when it is missing.
Value stored_value(const bson_t& document, const Model& model, std::size_t ordinal) {
  bson_iter_t stored;
  if (!find_member(stored, document, stored_name(model.fields[ordinal]))) return Null{};
  if (ordinal == 0) return read_id(stored, model);
  return is_null(stored) ? Value(Null{}) : read_value(stored, model.fields[ordinal]);
}

}  // namespace

std::string stored_name(const Field& field) {
  if (field.role == Role::kId) return std::string(kIdName);
  return field.column_is_declared ? field.column : field.name;
}

std::string stored_path(const Model& model, std::size_t ordinal) {
  return ordinal == 0 ? std::string(kIdName) : document_path(model, ordinal);
}

void append_value(bson_t& document, std::string_view key, const Model& model, std::size_t ordinal, const Value& value) {
  if (ordinal == 0) return append_id(document, key, model, value);
  append_value(document, key, model.field(ordinal), value);
}

void append_value(bson_t& document, std::string_view key, const Field& field, const Value& value) {
  switch (field.kind) {
    case Kind::kString:
    case Kind::kDate:
      if (field.role == Role::kId) throw std::logic_error("an id is written by append_id");
      if (field.format == Format::kObjectId) return append_object_id(document, key, value.text());
      return append_text(document, key, value.text());
    case Kind::kInteger:
      return append_int64(document, key, value.integer());
    case Kind::kNumber:
      return append_double(document, key, value.number() == 0 ? 0.0 : value.number());
    case Kind::kDecimal:
      return append_decimal_value(document, key, field, value.integer());
    case Kind::kBoolean:
      return append_bool(document, key, value.boolean());
    case Kind::kDateTime:
      bson_append_date_time(&document, key.data(), static_cast<int>(key.size()), value.integer());
      return;
    case Kind::kArray:
      return append_array(document, key, field, value.array());
    case Kind::kObject:
      return append_object(document, key, field, value.array());
    case Kind::kJson:
      return append_free_form(document, key, value.text());
  }
}

void append_id(bson_t& document, std::string_view key, const Model& model, const Value& id) {
  switch (model.id_kind) {
    case IdKind::kInteger:
      return append_int64(document, key, id.integer());
    case IdKind::kObjectId:
      return append_object_id(document, key, id.text());
    case IdKind::kUuid:
    case IdKind::kText:
      return append_text(document, key, id.text());
  }
}

Document encode_record(const Model& model, const Record& record) {
  Document document;
  for (std::size_t field = 0; field < model.fields.size(); ++field) {
    const Value& value = record.values[field];
    if (value.is_null() || value.is_absent()) continue;
    append_value(*document.get(), stored_name(model.fields[field]), model, field, value);
  }
  return document;
}

Result<Record> read_record(const bson_t& document, const Model& model, std::span<const std::size_t> ordinals) {
  Record record;
  record.revision = read_revision(document);
  record.values.resize(model.fields.size());
  for (const std::size_t ordinal : ordinals) {
    record.values[ordinal] = stored_value(document, model, ordinal);
    if (record.values[ordinal].is_absent()) return invalid(document, model, model.fields[ordinal]);
  }
  return record;
}

Result<Record> read_record(const bson_t& document, const Model& model) {
  return read_record(document, model, all_ordinals(model));
}

Value read_value(const bson_iter_t& stored, const Field& field) {
  switch (field.kind) {
    case Kind::kString:
    case Kind::kDate:
      return read_string(stored, field);
    case Kind::kInteger:
      return or_absent(read_integer(stored));
    case Kind::kNumber:
      return or_absent(read_double(stored));
    case Kind::kDecimal:
      return or_absent(read_decimal(stored, field));
    case Kind::kBoolean:
      return BSON_ITER_HOLDS_BOOL(&stored) ? Value(bson_iter_bool(&stored)) : Value();
    case Kind::kDateTime:
      return read_instant(stored);
    case Kind::kArray:
      return read_array(stored, field);
    case Kind::kObject:
      return read_object(stored, field);
    case Kind::kJson:
      return read_free_form(stored);
  }
  return {};
}

Value read_id(const bson_iter_t& stored, const Model& model) {
  switch (model.id_kind) {
    case IdKind::kInteger:
      return or_absent(read_integer(stored));
    case IdKind::kObjectId:
      return read_object_id(stored);
    case IdKind::kUuid:
    case IdKind::kText:
      return read_text(stored);
  }
  return {};
}

std::int64_t read_revision(const bson_t& document) {
  bson_iter_t start, revision;
  if (!bson_iter_init(&start, &document) || !bson_iter_find_descendant(&start, kRevisionPath.data(), &revision)) return 0;
  return read_integer(revision).value_or(0);
}

}  // namespace holdfast::mongo
