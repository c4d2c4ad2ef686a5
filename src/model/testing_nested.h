#pragma once
// For tests: a model with objects, arrays of objects, free-form JSON, references, and fields that are read-only or write-only, built by
// hand.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "model/model.h"

namespace holdfast::testing {

inline Field plain(std::string name, Kind kind) {
  Field field;
  field.column = name;
  field.name = std::move(name);
  field.kind = kind;
  field.admits_null = true;
  return field;
}

inline Field required(Field field) {
  field.required = true;
  field.admits_null = field.lists_null;
  return field;
}

inline Field with_default(Field field, Value value) {
  field.default_value = std::move(value);
  field.admits_null = field.lists_null;
  return field;
}

inline Field listing_null(Field field) {
  field.lists_null = field.admits_null = true;
  return field;
}

inline Field object(std::string name, std::vector<Field> members) {
  Field field = plain(std::move(name), Kind::kObject);
  field.properties = std::move(members);
  return field;
}

inline Field decimal(std::string name, int precision, int scale) {
  Field field = plain(std::move(name), Kind::kDecimal);
  field.precision = precision;
  field.scale = scale;
  return field;
}

// As the loader makes it: the default is [], so it admits no null.
inline Field list_of(std::string name, Field element) {
  Field field = plain(std::move(name), Kind::kArray);
  field.element = std::make_shared<const Field>(std::move(element));
  return with_default(std::move(field), Value(Value::Array{}));
}

inline Field reference(std::string name, std::string collection, Kind kind, Format format) {
  Field field = plain(std::move(name), kind);
  field.format = format;
  field.ref = std::move(collection);
  return field;
}

inline Field server_kept(std::string name, Role role, Kind kind) {
  Field field = plain(std::move(name), kind);
  field.role = role;
  field.admits_null = false;
  return field;
}

// address.city is required, address.country has a default, address.geo.lat is required, address.geo.note lists null and is required.
inline Field address_field() {
  Field city = required(plain("city", Kind::kString));
  city.max_length = 5;
  std::vector<Field> geo;
  geo.push_back(required(plain("lat", Kind::kNumber)));
  geo.push_back(required(listing_null(plain("note", Kind::kString))));
  geo.push_back(list_of("tags", plain("", Kind::kString)));
  std::vector<Field> address;
  address.push_back(plain("street", Kind::kString));
  address.push_back(std::move(city));
  address.push_back(with_default(plain("country", Kind::kString), Value(std::string("FR"))));
  address.push_back(decimal("rent", 6, 2));
  address.push_back(object("geo", std::move(geo)));
  address.push_back(plain("extra", Kind::kJson));
  return object("address", std::move(address));
}

inline Field lines_field() {
  Field sku = required(plain("sku", Kind::kString));
  sku.max_length = 3;
  std::vector<Field> line;
  line.push_back(std::move(sku));
  line.push_back(with_default(plain("quantity", Kind::kInteger), Value(std::int64_t{1})));
  line.push_back(decimal("price", 18, 2));
  line.push_back(plain("at", Kind::kDateTime));
  Field lines = list_of("lines", object("", std::move(line)));
  lines.max_items = 3;
  lines.unique_items = true;
  return lines;
}

inline Model nested_model(IdKind id_kind = IdKind::kUuid) {
  Model model;
  model.name = model.table = "orders";
  model.file = "models/orders.yaml";
  model.id_kind = id_kind;
  model.timestamps = true;
  Field id = server_kept("id", Role::kId, id_kind == IdKind::kInteger ? Kind::kInteger : Kind::kString);
  if (id_kind == IdKind::kUuid) id.format = Format::kUuid;
  Field secret = required(plain("secret", Kind::kString));
  secret.write_only = true;
  Field serial = with_default(decimal("serial", 6, 2), Value(std::int64_t{150}));
  Field seal = object("seal", {plain("by", Kind::kString), decimal("weight", 6, 2)});
  Field marks = list_of("marks", plain("", Kind::kInteger));
  Field stamp = plain("stamp", Kind::kJson);
  serial.read_only = seal.read_only = marks.read_only = stamp.read_only = true;
  Field options = with_default(object("options", {plain("size", Kind::kInteger), plain("free", Kind::kJson)}),
                               Value(Value::Array{Value(std::int64_t{2}), Value(std::string(R"({"a":1})"))}));

  model.fields.push_back(std::move(id));
  model.fields.push_back(address_field());
  model.fields.push_back(lines_field());
  model.fields.push_back(plain("meta", Kind::kJson));
  model.fields.push_back(with_default(plain("settings", Kind::kJson), Value(std::string(R"({"theme":"light"})"))));
  model.fields.push_back(std::move(options));
  model.fields.push_back(list_of("notes", plain("", Kind::kJson)));
  model.fields.push_back(reference("owner", "users", Kind::kString, Format::kUuid));
  model.fields.push_back(reference("box", "boxes", Kind::kString, Format::kObjectId));
  model.fields.push_back(reference("shelf", "shelves", Kind::kString, Format::kTextId));
  model.fields.push_back(reference("room", "rooms", Kind::kInteger, Format::kNone));
  model.fields.push_back(std::move(secret));
  model.fields.push_back(std::move(serial));
  model.fields.push_back(std::move(seal));
  model.fields.push_back(std::move(marks));
  model.fields.push_back(std::move(stamp));
  model.fields.push_back(server_kept("createdAt", Role::kCreatedAt, Kind::kDateTime));
  model.fields.push_back(server_kept("updatedAt", Role::kUpdatedAt, Kind::kDateTime));
  model.flatten();
  return model;
}

}  // namespace holdfast::testing
