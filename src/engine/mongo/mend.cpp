#include "engine/mongo/mend.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <stdexcept>

#include "engine/mongo/attempts.h"
#include "engine/mongo/change_command.h"
#include "engine/mongo/codec.h"
#include "engine/mongo/document.h"
#include "engine/mongo/engine.h"
#include "engine/mongo/error.h"
#include "engine/mongo/reply.h"
#include "engine/mongo/search.h"
#include "engine/mongo/unique_keys.h"
#include "engine/write_errors.h"
#include "query/search_terms.h"

namespace holdfast::mongo {
namespace {

constexpr std::int64_t kProgressEvery = 1'000;
constexpr int kTries = 100;  // of one document that others change meanwhile
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

enum class Applied : std::uint8_t { kDone, kChangedByOthers, kClash };

Applied apply(Connection& connection, const Model& model, const Record& record, const bson_t& update) {
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
  if (!reply && is_duplicate_key(reply.error().error)) return Applied::kClash;
  if (!reply) fail(model, reply.error().error);
  return number_at(*reply->get(), "n") == 1 ? Applied::kDone : Applied::kChangedByOthers;
}

// As it is now; nothing: it was removed.
std::optional<Document> read_again(Connection& connection, const Model& model, const Value& id) {
  Document command;
  append_text(*command.get(), "find", model.table);
  {
    Nested filter(*command.get(), "filter");
    append_id(filter, kIdName, model, id);
  }
  append_int64(*command.get(), "limit", 1);
  append_bool(*command.get(), "singleBatch", true);
  const Reply reply = connection.read(*command.get());
  if (!reply) fail(model, reply.error().error);
  std::optional<Document> found;
  each_document(*reply->get(), [&](const bson_t& document) {
    found.emplace(bson_copy(&document));
    return false;
  });
  return found;
}

// The hidden keys of a document by their names, or of what it should have.
std::map<std::string, Place> keys_in(const bson_t& document, std::string_view path) {
  std::map<std::string, Place> keys;
  bson_iter_t place, found, member;
  if (!bson_iter_init(&place, &document) || !bson_iter_find_descendant(&place, path.data(), &found)) return keys;
  if (!bson_iter_recurse(&found, &member)) return keys;
  while (bson_iter_next(&member)) keys[bson_iter_key(&member)].at = member;
  return keys;
}

// Of a document that cannot have all of its keys, since another has one of them.
class PartialRepair {
 public:
  PartialRepair(Connection& connection, const Model& model, const bson_t& document, const Record& record)
      : connection_(connection), model_(model), document_(document), record_(record) {
    append_hidden_keys(*wanted_.get(), model, record);
    append_search_data(*wanted_.get(), model, record);
  }

  void run() {
    const auto stored = keys_in(document_, kHiddenKeys);
    const auto wanted = keys_in(*wanted_.get(), "unique");
    const auto is_right = [&](const std::string& name) {
      const auto has = stored.find(name), should = wanted.find(name);
      return has != stored.end() && should != wanted.end() && bytes_of(has->second.at) == bytes_of(should->second.at);
    };
    mend_search();
    for (const auto& [name, key] : stored) {
      if (!is_right(name)) give_up(name);
    }
    for (const auto& [name, key] : wanted) {
      if (!is_right(name)) take(name, key.at);
    }
  }

  // Something could be mended.
  bool has_mended() const noexcept { return has_mended_; }
  bool is_changed_by_others() const noexcept { return is_changed_by_others_; }

  // Of each key that is another's.
  const std::vector<std::string>& clashing() const noexcept { return clashing_; }

 private:
  static std::string path_of(const std::string& name) { return std::string(kHiddenKeys) + "." + name; }

  void mend_search() {
    bson_iter_t data;
    if (has_right_search(document_, model_, record_) || !bson_iter_init_find(&data, wanted_.get(), kSearchName.data())) return;
    set(std::string(kSearchPath), data);
  }

  // Whoever should have it may be waiting for it.
  void give_up(const std::string& name) {
    Document update;
    {
      Nested unset(*update.get(), "$unset");
      append_text(unset, path_of(name), "");
    }
    note(apply(connection_, model_, record_, *update.get()));
  }

  void take(const std::string& name, const bson_iter_t& key) {
    if (set(path_of(name), key) == Applied::kClash) clashing_.push_back(name);
  }

  Applied set(const std::string& path, const bson_iter_t& value) {
    Document update;
    {
      Nested set(*update.get(), "$set");
      bson_append_iter(&set.get(), path.c_str(), -1, &value);
    }
    return note(apply(connection_, model_, record_, *update.get()));
  }

  Applied note(Applied applied) {
    has_mended_ = has_mended_ || applied == Applied::kDone;
    is_changed_by_others_ = is_changed_by_others_ || applied == Applied::kChangedByOthers;
    return applied;
  }

  Connection& connection_;
  const Model& model_;
  const bson_t& document_;
  const Record& record_;
  Document wanted_;
  std::vector<std::string> clashing_;
  bool has_mended_ = false, is_changed_by_others_ = false;
};

std::string spaced(std::string_view name) {
  std::string out;
  for (const char character : name) out += character == ',' ? std::string(", ") : std::string(1, character);
  return out;
}

using Progress = std::function<void(std::int64_t, std::int64_t)>;

// One document, until it is mended or gone: who changes it meanwhile may know nothing of what is to be mended, as a Holdfast with the
// models of before, or write only what has to do with the members that it changes.
class DocumentMend {
 public:
  DocumentMend(Connection& connection, const Model& model, Reindexed& out) : connection_(connection), model_(model), out_(out) {}

  void run(const bson_t& seen) {
    Document document(bson_copy(&seen));
    for (int attempt = 0; attempt < kTries; ++attempt) {
      pause_before(attempt);
      const Result<Record> record = read_record(*document.get(), model_);
      if (!record) return note_unreadable();
      if (try_once(*document.get(), *record)) return note_mended();
      std::optional<Document> now = read_again(connection_, model_, record->values[0]);
      if (!now) return;
      if (bson_equal(now->get(), document.get())) return note_unreadable();  // what others made of `_hf` is never met
      document = std::move(*now);
    }
    throw std::runtime_error(fmt::format("{}: others change a record of it all the time", model_.name));
  }

 private:
  // False: others changed it.
  bool try_once(const bson_t& document, const Record& record) {
    const std::optional<Document> repair = repair_of(model_, document, record);
    if (!repair) return true;
    const Applied applied = apply(connection_, model_, record, *repair->get());
    is_mended_ = is_mended_ || applied == Applied::kDone;
    if (applied != Applied::kClash) return applied == Applied::kDone;
    PartialRepair partial(connection_, model_, document, record);
    partial.run();
    is_mended_ = is_mended_ || partial.has_mended();
    if (partial.is_changed_by_others()) return false;
    note_clashes(partial.clashing(), record);
    return true;
  }

  void note_clashes(const std::vector<std::string>& clashing, const Record& record) {
    if (!clashing.empty()) ++out_.clashing;
    for (const std::string& name : clashing) {
      if (out_.clashes.size() < kListedClashes) out_.clashes.push_back({shown_id(record.values[0]), spaced(name)});
    }
  }

  void note_mended() {
    if (is_mended_) ++out_.mended;
  }
  void note_unreadable() { ++out_.unreadable; }

  Connection& connection_;
  const Model& model_;
  Reindexed& out_;
  bool is_mended_ = false;
};

Reindexed walk(Connection& connection, const Model& model, const Progress& progress) {
  Reindexed out;
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
    DocumentMend(connection, model, out).run(*document);
  }
  bson_error_t error{};
  if (mongoc_cursor_error(cursor.get(), &error)) {
    connection.note_failure(error);
    fail(model, error);
  }
  progress(out.records, std::max(of, out.records));
  return out;
}

}  // namespace

bool has_data_beside(const Model& model) noexcept {
  const auto is_beside = [&](const UniqueKey& key) { return is_hidden(model, key); };
  return model.search || std::any_of(model.unique_keys.begin(), model.unique_keys.end(), is_beside);
}

bool has_right_search(const bson_t& document, const Model& model, const Record& record) {
  return !model.search || read_search_hash(document) == static_cast<std::int64_t>(search_hash(model, record));
}

bool has_right_keys(const bson_t& document, const Model& model, const Record& record) {
  Document wanted;
  append_hidden_keys(*wanted.get(), model, record);
  return has_keys(document, *wanted.get());
}

Reindexed mend(Connection& connection, const Model& model, const Progress& progress) {
  if (!has_data_beside(model)) return {};
  Reindexed first = walk(connection, model, progress);
  if (first.clashing == 0 || first.mended == 0) return first;
  // Nobody holds any more what he should not, so that those who clashed with such a one find their keys free now.
  Reindexed second = walk(connection, model, progress);
  second.mended += first.mended;
  return second;
}

}  // namespace holdfast::mongo
