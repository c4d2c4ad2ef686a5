#include "engine/mongo/mend.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "engine/mongo/attempts.h"
#include "engine/mongo/change_command.h"
#include "engine/mongo/codec.h"
#include "engine/mongo/document.h"
#include "engine/mongo/error.h"
#include "engine/mongo/reply.h"
#include "engine/mongo/search.h"
#include "engine/mongo/unique_keys.h"
#include "query/search_terms.h"

namespace holdfast::mongo {
namespace {

constexpr std::int64_t kProgressEvery = 1'000;
constexpr std::int32_t kBatch =
    500;  // documents, each mended by a write: the server forgets a cursor that asks for no more within ten minutes

[[noreturn]] void fail(const Model& model, const bson_error_t& error) {
  throw std::runtime_error(fmt::format("{}: {}", model.name, error.message));
}

std::int64_t count_documents(Connection& connection, const Model& model) {
  Document command;
  append_text(*command.get(), "count", model.table);
  const Reply reply = connection.read(*command.get());
  if (!reply) fail(model, reply.error().error);
  return number_at(*reply->get(), "n");
}

std::string_view bytes_of(const bson_iter_t& document) {
  std::uint32_t length = 0;
  const std::uint8_t* bytes = nullptr;
  if (BSON_ITER_HOLDS_DOCUMENT(&document)) bson_iter_document(&document, &length, &bytes);
  return {reinterpret_cast<const char*>(bytes), length};
}

// The hidden keys that the document has are those that it should have, in any order: that of a change is another than that of a creation.
bool has_keys(const bson_t& document, const bson_t& wanted) {
  bson_iter_t place, found, expected, member;
  const bool has_any = bson_iter_init(&place, &document) && bson_iter_find_descendant(&place, kHiddenKeys.data(), &found);
  std::size_t others = 0;
  if (has_any && bson_iter_recurse(&found, &member)) {
    while (bson_iter_next(&member)) ++others;
  }
  if (!bson_iter_init_find(&place, &wanted, "unique") || !bson_iter_recurse(&place, &expected)) return others == 0;
  while (bson_iter_next(&expected)) {
    const bool is_there = has_any && bson_iter_recurse(&found, &member) && bson_iter_find(&member, bson_iter_key(&expected));
    if (!is_there || bytes_of(member) != bytes_of(expected)) return false;
    --others;
  }
  return others == 0;
}

// `_hf.search` and `_hf.unique` as they should be, with the revision left as it is. Nothing: they are.
std::optional<Document> repair_of(const Model& model, const bson_t& document, const Record& record) {
  Document wanted;
  append_hidden_keys(*wanted.get(), model, record);
  const bool keys_are_right = has_keys(document, *wanted.get());
  const bool search_is_right = has_right_search(document, model, record);
  if (keys_are_right && search_is_right) return std::nullopt;
  append_search_data(*wanted.get(), model, record);
  Document update;
  bson_iter_t member;
  if (!bson_empty(wanted.get())) {
    Nested set(*update.get(), "$set");
    bson_iter_init(&member, wanted.get());
    while (bson_iter_next(&member)) {
      const std::string path = std::string(kBookkeepingName) + "." + bson_iter_key(&member);
      bson_append_iter(&set.get(), path.c_str(), -1, &member);
    }
  }
  if (!bson_iter_init_find(&member, wanted.get(), "unique")) {
    Nested unset(*update.get(), "$unset");
    append_text(unset, kHiddenKeys, "");
  }
  return update;
}

// False: somebody has changed the record since it was read, and with it what is to be mended.
bool apply(Connection& connection, const Model& model, const Record& record, const bson_t& update) {
  Document command;
  append_text(*command.get(), "update", model.table);
  {
    NestedArray updates(*command.get(), "updates");
    Nested one(updates.get(), updates.next_key());
    {
      Nested query(one, "q");
      append_id(query, kIdName, model, record.values[0]);
      append_revision_is(query, record.revision);
    }
    append_document(one, "u", update);
  }
  const Reply reply = connection.write(*command.get());
  if (!reply) fail(model, reply.error().error);
  return number_at(*reply->get(), "n") == 1;
}

}  // namespace

bool has_right_search(const bson_t& document, const Model& model, const Record& record) {
  return !model.search || read_search_hash(document) == static_cast<std::int64_t>(search_hash(model, record));
}

bool has_right_keys(const bson_t& document, const Model& model, const Record& record) {
  Document wanted;
  append_hidden_keys(*wanted.get(), model, record);
  return has_keys(document, *wanted.get());
}

Reindexed mend(Connection& connection, const Model& model, const std::function<void(std::int64_t, std::int64_t)>& progress) {
  Reindexed out;
  const bool has_hidden_key =
      std::any_of(model.unique_keys.begin(), model.unique_keys.end(), [&](const UniqueKey& key) { return is_hidden(model, key); });
  if (!model.search && !has_hidden_key) return out;
  const std::int64_t of = count_documents(connection, model);
  Document filter, options;
  {
    Nested sort(*options.get(), "sort");
    append_int32(sort, "_id", 1);
  }
  append_int32(*options.get(), "batchSize", kBatch);
  const Cursor cursor(mongoc_collection_find_with_opts(connection.collection(model), filter.get(), options.get(), nullptr));
  const bson_t* document = nullptr;
  while (mongoc_cursor_next(cursor.get(), &document)) {
    if (++out.records % kProgressEvery == 0) progress(out.records, std::max(of, out.records));
    const Result<Record> record = read_record(*document, model);
    if (!record) {
      ++out.unreadable;
      continue;
    }
    if (const std::optional<Document> repair = repair_of(model, *document, *record)) {
      out.mended += apply(connection, model, *record, *repair->get()) ? 1 : 0;
    }
  }
  bson_error_t error{};
  if (mongoc_cursor_error(cursor.get(), &error)) {
    connection.note_failure(error);
    fail(model, error);
  }
  progress(out.records, std::max(of, out.records));
  return out;
}

}  // namespace holdfast::mongo
