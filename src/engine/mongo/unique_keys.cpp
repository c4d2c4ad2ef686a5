#include "engine/mongo/unique_keys.h"

#include <algorithm>

#include "engine/mongo/codec.h"
#include "engine/mongo/document.h"

namespace holdfast::mongo {
namespace {

// Field names hold no comma, so that no two keys have one name.
std::string hidden_name(const Model& model, const UniqueKey& key) {
  std::string name;
  for (const std::size_t field : key.fields) {
    if (!name.empty()) name += ',';
    name += model.field(field).name;
  }
  return name;
}

bool is_missing(const Value& value) {
  return value.is_null() || value.is_absent();
}

}  // namespace

bool is_hidden(const Model& model, const UniqueKey& key) {
  return key.fields.size() > 1 &&
         std::any_of(key.fields.begin(), key.fields.end(), [&](std::size_t field) { return model.field(field).admits_null; });
}

std::string hidden_path(const Model& model, const UniqueKey& key) {
  return std::string(kHiddenKeys) + "." + hidden_name(model, key);
}

bool append_members(bson_t& document, const Model& model, const UniqueKey& key, const Record& record) {
  const auto missing = [&](std::size_t field) { return is_missing(model.value_of(record, field)); };
  if (std::any_of(key.fields.begin(), key.fields.end(), missing)) return false;
  for (const std::size_t field : key.fields) {
    append_value(document, model.field(field).name, model, field, model.value_of(record, field));
  }
  return true;
}

void append_hidden_keys(bson_t& bookkeeping, const Model& model, const Record& record) {
  Document keys;
  for (const UniqueKey& key : model.unique_keys) {
    if (!is_hidden(model, key)) continue;
    Document members;
    if (append_members(*members.get(), model, key, record)) append_document(*keys.get(), hidden_name(model, key), *members.get());
  }
  if (!bson_empty(keys.get())) append_document(bookkeeping, "unique", *keys.get());
}

}  // namespace holdfast::mongo
