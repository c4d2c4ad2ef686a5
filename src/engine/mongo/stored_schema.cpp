#include "engine/mongo/stored_schema.h"

#include <fmt/format.h>

#include "base/error.h"
#include "engine/field_meaning.h"
#include "engine/mongo/document.h"
#include "engine/mongo/ids.h"
#include "engine/mongo/reply.h"

namespace holdfast::mongo {
namespace {

constexpr std::string_view kMeaningsPrefix = "columns ";
constexpr std::string_view kAsObjectId = " as ObjectId";
constexpr std::int64_t kMany = 100'000;  // in one batch: more collections than a database of ours has

std::string text_at(const bson_t& document, const char* path) {
  bson_iter_t place, found;
  if (!bson_iter_init(&place, &document) || !bson_iter_find_descendant(&place, path, &found) || !BSON_ITER_HOLDS_UTF8(&found)) return {};
  return bson_iter_utf8(&found, nullptr);
}

bool is_true_at(const bson_t& document, const char* path) {
  bson_iter_t place, found;
  return bson_iter_init(&place, &document) && bson_iter_find_descendant(&place, path, &found) && bson_iter_as_bool(&found);
}

// As JSON; empty: there is none.
std::string document_at(const bson_t& document, const char* path) {
  bson_iter_t place, found;
  if (!bson_iter_init(&place, &document) || !bson_iter_find_descendant(&place, path, &found) || !BSON_ITER_HOLDS_DOCUMENT(&found)) {
    return {};
  }
  std::uint32_t length = 0;
  const std::uint8_t* bytes = nullptr;
  bson_iter_document(&found, &length, &bytes);
  bson_t inner;
  if (!bson_init_static(&inner, bytes, length) || bson_empty(&inner)) return {};
  return relaxed_json(inner);
}

void read_paths(const bson_t& document, StoredMeanings& stored) {
  bson_iter_t list, item, member;
  if (!bson_iter_init_find(&list, &document, "meanings") || !bson_iter_recurse(&list, &item)) return;
  while (bson_iter_next(&item)) {
    std::string path, meaning;
    if (!bson_iter_recurse(&item, &member)) continue;
    while (bson_iter_next(&member)) {
      if (!BSON_ITER_HOLDS_UTF8(&member)) continue;
      (std::string_view(bson_iter_key(&member)) == "path" ? path : meaning) = bson_iter_utf8(&member, nullptr);
    }
    stored.by_path[path] = meaning;
  }
}

// Nothing: there is no such list.
std::optional<std::set<std::string>> read_names(const bson_t& document, const char* list_name) {
  bson_iter_t list, name;
  if (!bson_iter_init_find(&list, &document, list_name) || !bson_iter_recurse(&list, &name)) return std::nullopt;
  std::set<std::string> names;
  while (bson_iter_next(&name)) {
    if (BSON_ITER_HOLDS_UTF8(&name)) names.insert(bson_iter_utf8(&name, nullptr));
  }
  return names;
}

void append_names(bson_t& document, std::string_view list_name, const std::set<std::string>& names) {
  NestedArray list(document, list_name);
  for (const std::string& name : names) append_text(list.get(), list.next_key(), name);
}

// By what there are meanings of, where it was kept by a start that did not note more.
std::set<std::string> read_declared(const bson_t& document, const StoredMeanings& stored) {
  if (auto noted = read_names(document, "declared")) return *noted;
  std::set<std::string> declared;
  for (const auto& [path, meaning] : stored.by_path) declared.insert(path.substr(0, path.find_first_of(".[")));
  return declared;
}

StoredIndex read_index(const bson_t& document) {
  StoredIndex index;
  index.definition.assign(reinterpret_cast<const char*>(bson_get_data(&document)), document.len);
  index.name = text_at(document, "name");
  index.unique = is_true_at(document, "unique");
  index.sparse = is_true_at(document, "sparse");
  const std::string locale = text_at(document, "collation.locale");
  index.is_plain = (locale.empty() || locale == "simple") && document_at(document, "partialFilterExpression").empty();
  bson_iter_t keys, key;
  if (!bson_iter_init_find(&keys, &document, "key") || !bson_iter_recurse(&keys, &key)) return index;
  while (bson_iter_next(&key)) {
    index.is_plain = index.is_plain && BSON_ITER_HOLDS_NUMBER(&key);
    index.keys.push_back({bson_iter_key(&key), bson_iter_as_double(&key) < 0});
  }
  return index;
}

Document cursor_command(const char* name, std::string_view value) {
  Document command;
  if (value.empty()) {
    append_int32(*command.get(), name, 1);
  } else {
    append_text(*command.get(), name, value);
  }
  Nested cursor(*command.get(), "cursor");
  append_int64(cursor, "batchSize", kMany);
  return command;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> stored_meanings_of(const Field& field) {
  auto meanings = meanings_of(field);
  std::string& outermost = meanings.front().second;
  if (field.stored_as_double) outermost += " as double";
  if (field.format == Format::kObjectId) outermost += kAsObjectId;  // a reference, which stands outermost only
  return meanings;
}

bool is_same_meaning(const StoredMeanings& known, const std::string& noted, std::string_view wanted) {
  if (!known.tells_object_ids && wanted.ends_with(kAsObjectId)) wanted.remove_suffix(kAsObjectId.size());
  return noted == wanted;
}

void refuse_to_start(const Failure& failure, const std::string& doing) {
  throw StartupError(kExitUnavailable, fmt::format("MongoDB cannot {}: {}.", doing, failure.error.message));
}

std::map<std::string, StoredCollection> read_collections(Connection& connection) {
  const Reply reply = connection.read(*cursor_command("listCollections", {}).get());
  if (!reply) refuse_to_start(reply.error(), "list the collections of " + connection.database());
  std::map<std::string, StoredCollection> collections;
  each_document(*reply->get(), [&](const bson_t& document) {
    StoredCollection& collection = collections[text_at(document, "name")];
    collection.type = text_at(document, "type");
    collection.is_capped = is_true_at(document, "options.capped");
    const std::string locale = text_at(document, "options.collation.locale");
    collection.has_collation = !locale.empty() && locale != "simple";
    collection.validator = document_at(document, "options.validator");
    collection.is_our_validator = text_at(document, "options.validator.$jsonSchema.title") == kValidatorTitle;
    return true;
  });
  return collections;
}

std::vector<StoredIndex> read_indexes(Connection& connection, const std::string& collection) {
  const Reply reply = connection.read(*cursor_command("listIndexes", collection).get());
  if (!reply) refuse_to_start(reply.error(), "list the indexes of " + collection);
  std::vector<StoredIndex> indexes;
  each_document(*reply->get(), [&](const bson_t& document) {
    indexes.push_back(read_index(document));
    return true;
  });
  return indexes;
}

std::map<std::string, StoredMeanings> read_meanings(Connection& connection) {
  Document command;
  append_text(*command.get(), "find", kMetaCollection);
  {
    Nested filter(*command.get(), "filter");
    Nested columns(filter, "_id");
    append_text(columns, "$gte", kMeaningsPrefix);
    append_text(columns, "$lt", "columns!");  // the character behind the space
  }
  append_int64(*command.get(), "limit", kMany);
  append_int64(*command.get(), "batchSize", kMany);
  append_bool(*command.get(), "singleBatch", true);
  const Reply reply = connection.read(*command.get());
  if (!reply) refuse_to_start(reply.error(), fmt::format("read {}", kMetaCollection));
  std::map<std::string, StoredMeanings> meanings;
  each_document(*reply->get(), [&](const bson_t& document) {
    StoredMeanings& stored = meanings[text_at(document, "_id").substr(kMeaningsPrefix.size())];
    stored.search_version = static_cast<std::uint64_t>(number_at(document, "search"));
    stored.owes_keys = is_true_at(document, "owesKeys");
    read_paths(document, stored);
    stored.declared = read_declared(document, stored);
    stored.tells_object_ids = read_names(document, "neverNull").has_value();
    stored.never_null = read_names(document, "neverNull").value_or(stored.declared);  // not noted: nothing is known to have changed
    return true;
  });
  return meanings;
}

void keep_meanings(Connection& connection, const std::string& collection, const StoredMeanings& meanings) {
  Document command;
  append_text(*command.get(), "update", kMetaCollection);
  {
    NestedArray updates(*command.get(), "updates");
    Nested one(updates.get(), updates.next_key());
    {
      Nested query(one, "q");
      append_text(query, "_id", std::string(kMeaningsPrefix) + collection);
    }
    {
      Nested update(one, "u");
      Nested set(update, "$set");
      append_int64(set, "search", static_cast<std::int64_t>(meanings.search_version));
      append_bool(set, "owesKeys", meanings.owes_keys);
      append_names(set, "declared", meanings.declared);
      if (meanings.tells_object_ids) append_names(set, "neverNull", meanings.never_null);
      NestedArray list(set, "meanings");
      for (const auto& [path, meaning] : meanings.by_path) {
        Nested entry(list.get(), list.next_key());
        append_text(entry, "path", path);
        append_text(entry, "meaning", meaning);
      }
    }
    append_bool(one, "upsert", true);
  }
  const Reply reply = connection.write(*command.get());
  if (!reply) refuse_to_start(reply.error(), fmt::format("write {}", kMetaCollection));
}

}  // namespace holdfast::mongo
