#pragma once
// For tests: models built by hand, so that tests of query/ need no files. `wide_model` has a field of every kind.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "model/model.h"

namespace holdfast::testing {

inline Field field(std::string name, Kind kind) {
  Field field;
  field.column = name;
  field.name = std::move(name);
  field.kind = kind;
  field.admits_null = true;
  return field;
}

inline Field decimal_field(std::string name, int precision, int scale) {
  Field decimal = field(std::move(name), Kind::kDecimal);
  decimal.precision = precision;
  decimal.scale = scale;
  return decimal;
}

inline Field text_field(std::string name, std::int64_t max_length) {
  Field text = field(std::move(name), Kind::kString);
  text.max_length = max_length;
  return text;
}

inline Field array_field(std::string name, Field element) {
  Field array = field(std::move(name), Kind::kArray);
  array.element = std::make_shared<const Field>(std::move(element));
  return array;
}

inline Field kept_field(std::string name, Role role, Kind kind) {
  Field kept = field(std::move(name), kind);
  kept.role = role;
  kept.admits_null = false;
  return kept;
}

// id, the properties, createdAt and updatedAt.
inline Model model_of(std::string name, IdKind id_kind, std::vector<Field> properties, bool timestamps) {
  Model model;
  model.table = name;
  model.file = name + ".yaml";
  model.name = std::move(name);
  model.id_kind = id_kind;
  model.timestamps = timestamps;
  Field id = kept_field("id", Role::kId, id_kind == IdKind::kInteger ? Kind::kInteger : Kind::kString);
  if (id_kind == IdKind::kUuid) id.format = Format::kUuid;
  model.fields.push_back(std::move(id));
  for (Field& property : properties) model.fields.push_back(std::move(property));
  if (timestamps) {
    model.fields.push_back(kept_field("createdAt", Role::kCreatedAt, Kind::kDateTime));
    model.fields.push_back(kept_field("updatedAt", Role::kUpdatedAt, Kind::kDateTime));
  }
  return model;
}

inline Model wide_model() {
  Field category = field("category", Kind::kString);
  category.enumeration = {"electronique", "vetement", "livre", "autre"};
  Field code = text_field("code", 20);
  code.trim = true;
  code.lowercase = true;
  Field token = field("token", Kind::kString);
  token.format = Format::kUuid;
  Field email = field("email", Kind::kString);
  email.format = Format::kEmail;
  Field tag = text_field("", 50);
  tag.trim = true;

  std::vector<Field> properties;
  properties.push_back(text_field("name", 100));
  properties.push_back(field("description", Kind::kString));
  properties.push_back(decimal_field("price", 10, 2));
  properties.push_back(decimal_field("mass", 18, 0));
  properties.push_back(field("count", Kind::kInteger));
  properties.push_back(field("ratio", Kind::kNumber));
  properties.push_back(std::move(category));
  properties.push_back(std::move(code));
  properties.push_back(std::move(token));
  properties.push_back(std::move(email));
  properties.push_back(field("isActive", Kind::kBoolean));
  properties.push_back(field("soldAt", Kind::kDateTime));
  properties.push_back(field("day", Kind::kDate));
  properties.push_back(array_field("tags", std::move(tag)));
  properties.push_back(array_field("sizes", decimal_field("", 6, 1)));
  properties.push_back(field("not", Kind::kInteger));
  return model_of("items", IdKind::kUuid, std::move(properties), true);
}

inline Field reference_field(std::string name, std::string target, Kind kind, Format format) {
  Field reference = field(std::move(name), kind);
  reference.ref = std::move(target);
  reference.format = format;
  return reference;
}

inline Field object_field(std::string name, std::vector<Field> members) {
  Field object = field(std::move(name), Kind::kObject);
  object.properties = std::move(members);
  return object;
}

// Objects two deep, free-form JSON, arrays of all of them, references to ids of every kind, and members that nobody may ask for.
inline Model orders_model() {
  std::vector<Field> place, address, vault;
  place.push_back(field("latitude", Kind::kNumber));
  place.push_back(text_field("label", 1'001));
  address.push_back(text_field("city", 80));
  address.push_back(decimal_field("fee", 6, 2));
  address.push_back(field("primary", Kind::kBoolean));
  address.push_back(array_field("phones", text_field("", 20)));
  address.push_back(field("extra", Kind::kJson));
  address.push_back(object_field("place", std::move(place)));
  vault.push_back(field("pin", Kind::kInteger));

  Field secret = text_field("secret", 50);
  secret.write_only = true;
  Field hidden = object_field("vault", std::move(vault));
  hidden.write_only = true;

  std::vector<Field> properties;
  properties.push_back(object_field("address", std::move(address)));
  properties.push_back(field("meta", Kind::kJson));
  properties.push_back(array_field("lines", object_field("", {field("sku", Kind::kString)})));
  properties.push_back(array_field("blobs", field("", Kind::kJson)));
  properties.push_back(array_field("tags", text_field("", 50)));
  properties.push_back(reference_field("owner", "users", Kind::kString, Format::kUuid));
  properties.push_back(reference_field("batch", "batches", Kind::kInteger, Format::kNone));
  properties.push_back(reference_field("shop", "shops", Kind::kString, Format::kObjectId));
  properties.push_back(reference_field("label", "labels", Kind::kString, Format::kTextId));
  properties.push_back(std::move(secret));
  properties.push_back(std::move(hidden));
  Model model = model_of("orders", IdKind::kUuid, std::move(properties), true);
  model.flatten();
  return model;
}

}  // namespace holdfast::testing
