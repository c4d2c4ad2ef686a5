#include "engine/mongo/indexes.h"

#include <algorithm>

#include "engine/mongo/codec.h"
#include "engine/mongo/document.h"
#include "engine/mongo/search.h"
#include "engine/mongo/unique_keys.h"
#include "engine/write_errors.h"

namespace holdfast::mongo {
namespace {

IndexDefinition named(std::vector<IndexKey> keys) {
  IndexDefinition index;
  for (const IndexKey& key : keys) {
    if (!index.name.empty()) index.name += '_';
    index.name += key.path + (key.descending ? "_-1" : "_1");
  }
  index.keys = std::move(keys);
  return index;
}

IndexDefinition unique_index(const Model& model, const UniqueKey& key, std::size_t place) {
  std::vector<IndexKey> keys;
  const bool hidden = is_hidden(model, key);
  if (hidden) keys.push_back({hidden_path(model, key), false});
  for (const std::size_t field : key.fields) {
    if (!hidden) keys.push_back({stored_path(model, field), false});
  }
  IndexDefinition index = named(std::move(keys));
  index.unique = true;
  index.sparse = hidden || model.field(key.fields.front()).admits_null;
  index.key = place;
  return index;
}

// The id makes every order total, so it ends every index.
IndexDefinition sort_index(const Model& model, const Index& declared) {
  std::vector<IndexKey> keys;
  bool has_id = false;
  for (const SortKey& key : declared.keys) {
    keys.push_back({stored_path(model, key.field), key.descending});
    has_id = has_id || key.field == 0;
  }
  if (!has_id) keys.push_back({std::string(kIdName), declared.keys.back().descending});
  return named(std::move(keys));
}

const char* type_of(const Field& field) {
  switch (field.kind) {
    case Kind::kString:
      return field.format == Format::kObjectId ? "objectId" : "string";
    case Kind::kInteger:
    case Kind::kNumber:
    case Kind::kDecimal:
      return "number";
    case Kind::kBoolean:
      return "bool";
    case Kind::kDateTime:
      return "date";
    case Kind::kDate:
      return "string";
    case Kind::kArray:
      return "array";
    case Kind::kObject:
    case Kind::kJson:
      return "object";
  }
  return "object";
}

bool must_be_there(const Field& field) {
  return field.required && !field.admits_null;
}

void append_schema(bson_t& schema, const Field& field);

void append_members(bson_t& schema, const std::vector<Field>& fields) {
  if (std::any_of(fields.begin(), fields.end(), must_be_there)) {
    NestedArray required(schema, "required");
    for (const Field& field : fields) {
      if (must_be_there(field)) append_text(required.get(), required.next_key(), stored_name(field));
    }
  }
  Nested properties(schema, "properties");
  for (const Field& field : fields) {
    if (field.role == Role::kId) continue;  // every document has one; a foreign one is reported where it is read
    Nested member(properties, stored_name(field));
    append_schema(member, field);
  }
}

void append_schema(bson_t& schema, const Field& field) {
  {
    NestedArray types(schema, "bsonType");
    append_text(types.get(), types.next_key(), type_of(field));
    if (!must_be_there(field)) append_text(types.get(), types.next_key(), "null");
  }
  if (field.kind == Kind::kArray) {
    Nested items(schema, "items");
    append_text(items, "bsonType", type_of(*field.element));
  }
  if (field.kind == Kind::kObject && !field.properties.empty()) append_members(schema, field.properties);
}

}  // namespace

std::vector<IndexDefinition> indexes_of(const Model& model, bool is_referred_to) {
  std::vector<IndexDefinition> indexes;
  const auto add = [&](IndexDefinition index) {
    const auto same = [&](const IndexDefinition& other) { return other.keys == index.keys; };
    if (std::none_of(indexes.begin(), indexes.end(), same)) indexes.push_back(std::move(index));
  };
  const std::vector<UniqueKey> keys = keys_of(model);
  for (std::size_t i = 1; i < keys.size(); ++i) add(unique_index(model, keys[i], i));
  for (const Index& index : model.indexes) add(sort_index(model, index));
  if (model.search) {
    for (const std::string_view path : {kStemsPath, kWordsPath}) add(named({{std::string(path), false}}));
  }
  if (is_referred_to) {
    IndexDefinition marks = named({{"_hf.deleting.at", false}});
    marks.sparse = true;
    add(std::move(marks));
  }
  return indexes;
}

Document validator_of(const Model& model) {
  Document validator;
  Nested schema(*validator.get(), "$jsonSchema");
  append_text(schema, "title", kValidatorTitle);
  append_text(schema, "bsonType", "object");
  append_members(schema, model.fields);
  return validator;
}

void append_index(bson_t& document, const IndexDefinition& index) {
  {
    Nested keys(document, "key");
    for (const IndexKey& key : index.keys) append_int32(keys, key.path, key.descending ? -1 : 1);
  }
  append_text(document, "name", index.name);
  if (index.unique) append_bool(document, "unique", true);
  if (index.sparse) append_bool(document, "sparse", true);
}

}  // namespace holdfast::mongo
