#include "engine/mongo/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "base/log.h"
#include "engine/mongo/attempts.h"
#include "engine/mongo/codec.h"
#include "engine/mongo/document.h"
#include "engine/mongo/error.h"
#include "engine/mongo/ids.h"
#include "engine/mongo/kept_answers.h"
#include "engine/mongo/new_members.h"
#include "engine/mongo/renames.h"
#include "engine/mongo/reply.h"
#include "engine/mongo/stored_schema.h"
#include "engine/mongo/unique_keys.h"
#include "engine/write_errors.h"
#include "query/search_terms.h"

namespace holdfast::mongo {
namespace {

// Of `_hf_meta` and `_hf`. Higher means made by a newer Holdfast.
constexpr std::int64_t kFormat = 1;
constexpr std::uint32_t kCommandNotFound = 59;
constexpr std::uint32_t kNamespaceExists = 48;
constexpr std::uint32_t kIndexNotFound = 27;

using Problems = std::vector<std::string>;

// What is on the document `database` of `_hf_meta`; makes it when it is missing.
SecretKey read_database_key(Connection& connection, const std::string& shown) {
  const SecretKey made = random_key();
  Document command;
  append_text(*command.get(), "findAndModify", kMetaCollection);
  {
    Nested query(*command.get(), "query");
    append_text(query, "_id", "database");
  }
  {
    Nested update(*command.get(), "update");
    Nested set(update, "$setOnInsert");
    append_int64(set, "format", kFormat);
    bson_append_binary(&set.get(), "cursorKey", -1, BSON_SUBTYPE_BINARY, made.data(), static_cast<std::uint32_t>(made.size()));
  }
  append_bool(*command.get(), "upsert", true);
  append_bool(*command.get(), "new", true);
  for (int attempt = 0;; ++attempt) {
    const Reply reply = connection.write(*command.get());
    if (!reply && is_duplicate_key(reply.error().error) && attempt < kAttempts) continue;  // another server starts as well
    if (!reply) refuse_to_start(reply.error(), fmt::format("write {} of {}", kMetaCollection, shown));
    bson_iter_t place, found;
    const auto at = [&](const char* path) {
      return bson_iter_init(&place, reply->get()) && bson_iter_find_descendant(&place, path, &found);
    };
    if (at("value.format") && bson_iter_as_int64(&found) > kFormat) {
      throw StartupError(kExitConfiguration,
                         fmt::format("{} was made by a newer holdfast (format {}; this one knows {}). Upgrade holdfast, or name another "
                                     "database.",
                                     shown, bson_iter_as_int64(&found), kFormat));
    }
    SecretKey key;
    std::uint32_t length = 0;
    const std::uint8_t* bytes = nullptr;
    if (at("value.cursorKey") && BSON_ITER_HOLDS_BINARY(&found)) bson_iter_binary(&found, nullptr, &length, &bytes);
    if (length != key.size()) {
      throw StartupError(kExitUnavailable,
                         fmt::format("{}: {} holds no key for cursors. Restore it from a backup.", shown, kMetaCollection));
    }
    std::memcpy(key.data(), bytes, key.size());
    return key;
  }
}

std::string shown_keys(const std::vector<IndexKey>& keys) {
  std::string out;
  for (const IndexKey& key : keys) out += fmt::format("{}{}", out.empty() ? "" : ", ", key.path);
  return out;
}

std::string broken_key(const Model& model, const std::string& fields, std::string_view how) {
  return fmt::format("{}: records that are there break a unique key of the model{}: {}; change them, or take the key out of the model",
                     model.table, fields.empty() ? "" : fmt::format(" ({})", fields), how);
}

// One model against the database: what cannot be served, and what is to be made.
class CollectionComparison {
 public:
  CollectionComparison(const Model& model, const StoredCollection* stored, std::vector<StoredIndex> indexes, const StoredMeanings& known,
                       bool is_referred_to)
      : meanings(known),
        model_(model),
        stored_(stored),
        indexes_(std::move(indexes)),
        known_(known),
        wanted_(indexes_of(model, is_referred_to)) {
    if (stored != nullptr) added = new_members(model, known);
    meanings.declared.clear();
    meanings.never_null.clear();
    meanings.tells_object_ids = true;
    for (const Field& field : model.fields) {
      meanings.declared.insert(stored_name(field));
      if (!field.admits_null) meanings.never_null.insert(stored_name(field));
    }
  }

  void compare(Problems& problems) {
    check_names(problems);
    check_collection(problems);
    compare_meanings(problems);
    for (const IndexDefinition& wanted : wanted_) compare_index(wanted, problems);
    check_extra_keys(problems);
  }

  std::map<std::string, std::size_t> keys;  // of unique indexes, by name
  std::vector<IndexDefinition> missing;
  std::vector<std::string> relied_on;  // unique indexes that are there, as BSON
  StoredMeanings meanings;             // as they are to be kept
  NewMembers added;                    // over the documents that are there

 private:
  void check_names(Problems& problems) const {
    const auto problem = [&](std::string text) { problems.push_back(model_.table + ": " + std::move(text)); };
    if (model_.table.starts_with("system.") || model_.table.find('$') != std::string::npos) {
      problem("MongoDB has no collections of this name; name another with `table:`");
    }
    std::set<std::string> names;
    for (const Field& field : model_.fields) {
      if (field.role == Role::kId) continue;
      const std::string name = stored_name(field);
      const bool reserved = name == kIdName || name == "__v" || name.starts_with(kBookkeepingName);
      if (reserved || name.starts_with('$') || name.find('.') != std::string::npos) {
        problem(fmt::format("the field {} cannot be stored as {}; name another with `column:`", field.name, name));
      }
      if (!names.insert(name).second) problem(fmt::format("two fields are stored as {}; name another with `column:`", name));
    }
  }

  void check_collection(Problems& problems) const {
    if (stored_ == nullptr) return;
    const auto problem = [&](std::string_view text) { problems.push_back(fmt::format("{}: {}", model_.table, text)); };
    if (!stored_->type.empty() && stored_->type != "collection") {
      return problem(fmt::format("it is a {}, and records are written to collections only; name another with `table:`", stored_->type));
    }
    if (stored_->is_capped) problem("the collection is capped, so that records would vanish; copy it to one that is not");
    if (stored_->has_collation) problem("the collection has a collation, but texts are compared by code point; copy it to one without");
  }

  // What is stored under another meaning would be read as other values.
  void compare_meanings(Problems& problems) {
    for (const Field& field : model_.fields) {
      if (field.role == Role::kId) continue;
      for (const auto& [path, wanted] : stored_meanings_of(field)) {
        const std::string stored_path = stored_name(field) + path;
        const auto known = known_.by_path.find(stored_path);
        if (stored_ != nullptr && known != known_.by_path.end() && !is_same_meaning(known_, known->second, wanted)) {
          problems.push_back(
              fmt::format("{}: {} holds values of type {}, which the model would read as {}; change the model back, or give "
                          "the field another `column:`",
                          model_.table, stored_path, known->second, wanted));
          break;
        }
        meanings.by_path[stored_path] = wanted;
      }
    }
  }

  void compare_index(const IndexDefinition& wanted, Problems& problems) {
    const auto same = [&](const StoredIndex& index) { return index.keys == wanted.keys; };
    const auto stored = std::find_if(indexes_.begin(), indexes_.end(), same);
    if (stored == indexes_.end()) {
      missing.push_back(wanted);
      if (wanted.key) keys[wanted.name] = *wanted.key;
      return;
    }
    if (!wanted.unique) return;
    const bool fits = stored->unique && stored->is_plain && (stored->sparse || !wanted.sparse);
    if (fits) {
      keys[stored->name] = *wanted.key;
      relied_on.push_back(stored->definition);
      return;
    }
    problems.push_back(fmt::format(
        "{}: the index {} on {} is not {}, as the model needs it; run: db.getCollection(\"{}\").dropIndex(\"{}\")", model_.table,
        stored->name, shown_keys(wanted.keys), wanted.sparse ? "unique and sparse" : "unique", model_.table, stored->name));
  }

  // A unique index that the model does not know of would refuse records that the model admits.
  void check_extra_keys(Problems& problems) const {
    std::vector<std::set<std::string>> declared{{std::string(kIdName)}};
    for (const UniqueKey& key : model_.unique_keys) {
      std::set<std::string> paths;
      for (const std::size_t field : key.fields) paths.insert(stored_path(model_, field));
      declared.push_back(std::move(paths));
    }
    for (const StoredIndex& index : indexes_) {
      if (!index.unique || keys.contains(index.name)) continue;
      std::set<std::string> paths;
      for (const IndexKey& key : index.keys) paths.insert(key.path);
      const bool contains_declared = std::any_of(declared.begin(), declared.end(), [&](const std::set<std::string>& key) {
        return std::includes(paths.begin(), paths.end(), key.begin(), key.end());
      });
      if (contains_declared) continue;
      problems.push_back(
          fmt::format("{}: {} must be unique by the index {}, which the model does not say; declare the key, or run: "
                      "db.getCollection(\"{}\").dropIndex(\"{}\")",
                      model_.table, fmt::join(paths, ", "), index.name, model_.table, index.name));
    }
  }

  const Model& model_;
  const StoredCollection* stored_;
  const std::vector<StoredIndex> indexes_;
  const StoredMeanings known_;
  const std::vector<IndexDefinition> wanted_;
};

// Makes what is missing of one collection.
class CollectionMaker {
 public:
  CollectionMaker(const SchemaConnections& connections, const Model& model)
      : connection_(connections.prompt), patient_(connections.patient), model_(model) {}

  void create() {
    Document command;
    append_text(*command.get(), "create", model_.table);
    append_validator(*command.get());
    const Reply reply = connection_.write(*command.get());
    if (!reply && reply.error().error.code != kNamespaceExists) refuse_to_start(reply.error(), "create the collection " + model_.table);
  }

  // False: the server does not know of validators.
  bool change_validator() {
    Document command;
    append_text(*command.get(), "collMod", model_.table);
    append_validator(*command.get());
    const Reply reply = connection_.write(*command.get());
    if (reply) return true;
    if (reply.error().error.code == kCommandNotFound) return false;
    log(LogLevel::kWarn, "the validator of a collection cannot be changed",
        {{"collection", model_.table}, {"error", reply.error().error.message}});
    return true;
  }

  // The server lists an index that it is still building like any other. So those relied on are asked for as well: one that is ready costs
  // nothing, one that is being built is waited for. True: what was missing has been made by this command, or the server does not say.
  bool create_indexes(const CollectionComparison& compared, Problems& problems) {
    if (compared.missing.empty() && compared.relied_on.empty()) return false;
    Document command;
    append_text(*command.get(), "createIndexes", model_.table);
    {
      NestedArray indexes(*command.get(), "indexes");
      for (const IndexDefinition& index : compared.missing) {
        Nested definition(indexes.get(), indexes.next_key());
        append_index(definition, index);
      }
      for (const std::string& bytes : compared.relied_on) {
        bson_t definition;
        if (!bson_init_static(&definition, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size())) continue;
        append_document(indexes.get(), indexes.next_key(), definition);
      }
    }
    const Reply reply = patient_.write(*command.get());
    if (reply) return is_made(*reply->get());
    const bson_error_t& error = reply.error().error;
    const bool is_broken = is_duplicate_key(error);
    if (!is_broken && is_unavailable(error)) refuse_to_start(reply.error(), "create indexes of " + model_.table);
    problems.push_back(is_broken ? broken_key(model_, fields_of(compared, duplicate_key_name(error)), error.message)
                                 : fmt::format("{}: an index cannot be made: {}", model_.table, error.message));
    return false;
  }

 private:
  static bool is_made(const bson_t& reply) {
    const std::int64_t after = number_at(reply, "numIndexesAfter");
    return after == 0 || after > number_at(reply, "numIndexesBefore");
  }

  // Of the unique index that was to be made; empty: it is none of ours.
  std::string fields_of(const CollectionComparison& compared, const std::string& index) const {
    const auto key = compared.keys.find(index);
    std::string fields;
    if (key == compared.keys.end()) return fields;
    const UniqueKey broken = keys_of(model_)[key->second];
    for (const std::size_t field : broken.fields) fields += fmt::format("{}{}", fields.empty() ? "" : ", ", model_.field(field).name);
    return fields;
  }

  void append_validator(bson_t& command) {
    append_document(command, "validator", *validator_of(model_).get());
    append_text(command, "validationLevel", "moderate");  // what broke it before may still be changed
    append_text(command, "validationAction", "error");
  }

  Connection& connection_;
  Connection& patient_;
  const Model& model_;
};

void create_kept_answers(Connection& connection, const std::map<std::string, StoredCollection>& stored) {
  if (stored.contains(kKeptCollection)) return;
  IndexDefinition oldest;
  oldest.name = "at_1";
  oldest.keys = {{"at", false}};
  Document command;
  append_text(*command.get(), "createIndexes", kKeptCollection);
  {
    NestedArray indexes(*command.get(), "indexes");
    Nested definition(indexes.get(), indexes.next_key());
    append_index(definition, oldest);
  }
  const Reply reply = connection.write(*command.get());
  if (!reply) refuse_to_start(reply.error(), fmt::format("create {}", kKeptCollection));
}

[[noreturn]] void refuse(const std::string& shown, std::string_view what_was_done, const Problems& problems) {
  std::string message = fmt::format("{} does not fit the models; {}:", shown, what_was_done);
  for (const std::string& problem : problems) message += "\n  " + problem + ".";
  throw StartupError(kExitConfiguration, message);
}

bool is_referred_to(const Catalog& catalog, const Model& model) {
  return std::any_of(catalog.references().begin(), catalog.references().end(),
                     [&](const Reference& reference) { return reference.target == &model; });
}

struct Stored {
  std::map<std::string, StoredCollection> collections;
  std::map<std::string, std::vector<StoredIndex>> indexes;
  std::map<std::string, StoredMeanings> meanings;

  const StoredCollection* find(const std::string& table) const {
    const auto found = collections.find(table);
    return found == collections.end() ? nullptr : &found->second;
  }
  StoredMeanings meanings_of(const std::string& table) const {
    const auto found = meanings.find(table);
    return found == meanings.end() ? StoredMeanings() : found->second;
  }
  std::vector<StoredIndex> indexes_of(const std::string& table) const {
    const auto found = indexes.find(table);
    return found == indexes.end() ? std::vector<StoredIndex>() : found->second;
  }
};

// Meanings last: of an index that is seen, whoever made it has noted before what it owes.
Stored read_stored(Connection& connection, const Catalog& catalog) {
  Stored stored;
  stored.collections = read_collections(connection);
  for (const Model& model : catalog.models()) {
    const StoredCollection* collection = stored.find(model.table);
    if (collection != nullptr && collection->type != "view") stored.indexes[model.table] = read_indexes(connection, model.table);
  }
  stored.meanings = read_meanings(connection);
  return stored;
}

bool is_own_validator_outdated(const StoredCollection& stored, const Model& model) {
  if (!stored.validator.empty() && !stored.is_our_validator) return false;  // somebody else's rules
  return stored.validator != relaxed_json(*validator_of(model).get());
}

bool is_of_hidden_key(const IndexDefinition& index) {
  return index.keys.front().path.starts_with(kHiddenKeys);
}

// Before its index is made: a start that ends in between leaves an index that looks as if every document were in it.
void note_owed_keys(Connection& connection, const Model& model, StoredMeanings known) {
  known.owes_keys = true;
  keep_meanings(connection, model.table, known);
}

// Makes what one model lacks. False: the server does not know of validators.
bool make(const SchemaConnections& connections, const Model& model, const Stored& stored, CollectionComparison& compared,
          PreparedSchema& prepared, Problems& problems) {
  const StoredCollection* collection = stored.find(model.table);
  CollectionMaker maker(connections, model);
  bool validates = true;
  if (collection == nullptr) {
    maker.create();
  } else if (is_own_validator_outdated(*collection, model)) {
    validates = maker.change_validator();
  }
  const StoredMeanings known = stored.meanings_of(model.table);
  StoredMeanings& meanings = compared.meanings;
  const bool has_new_key = std::any_of(compared.missing.begin(), compared.missing.end(), is_of_hidden_key);
  meanings.owes_keys = collection != nullptr && (known.owes_keys || has_new_key);
  if (meanings.owes_keys && !known.owes_keys) note_owed_keys(connections.prompt, model, known);
  const std::vector<const Field*>& with_default = compared.added.with_default;
  prepared.has_filled = prepared.has_filled || !with_default.empty();
  if (!with_default.empty()) fill(connections.patient, model, with_default);  // before a unique index takes all that lack it for equal
  const bool are_made = maker.create_indexes(compared, problems);
  for (const IndexDefinition& index : compared.missing) {
    if (are_made && index.unique) prepared.made.push_back({model.table, index.name});
  }
  if (!problems.empty()) return validates;
  const std::uint64_t search_version = model.search ? holdfast::search_version(model) : 0;
  const bool has_old_search = collection != nullptr && model.search && known.search_version != search_version;
  const bool owes_search = has_old_search || has_search_made_of(model, with_default);
  const bool has_new_keys = meanings.owes_keys || has_key_made_of(model, with_default);
  meanings.search_version = search_version;
  if (has_new_keys || owes_search) {
    meanings.owes_keys = false;
    prepared.to_mend.push_back({&model, meanings, has_new_keys});  // what is owed is noted as paid when it is done
  } else if (!stored.meanings.contains(model.table) || known != meanings) {
    keep_meanings(connections.prompt, model.table, meanings);
  }
  prepared.keys[model.table] = std::move(compared.keys);
  prepared.keys[model.table]["_id_"] = 0;
  return validates;
}

std::string_view what_was_done(const PreparedSchema& prepared) {
  return prepared.has_filled ? "new members have their defaults, else no record was changed" : "no record was changed";
}

// A server may take a validator and forget it.
bool keeps_validators(Connection& connection, const Catalog& catalog, const Stored& before) {
  const auto is_new = [&](const Model& model) { return before.find(model.table) == nullptr; };
  const auto created = std::find_if(catalog.models().begin(), catalog.models().end(), is_new);
  if (created == catalog.models().end()) return true;
  const auto now = read_collections(connection);
  const auto found = now.find(created->table);
  return found == now.end() || found->second.is_our_validator;
}

}  // namespace

PreparedSchema prepare_schema(const SchemaConnections& connections, const std::string& shown, const Catalog& catalog) {
  Connection& connection = connections.prompt;
  PreparedSchema prepared;
  const Stored stored = read_stored(connection, catalog);
  Problems problems;
  std::vector<CollectionComparison> comparisons;
  for (const Model& model : catalog.models()) {
    comparisons.emplace_back(model, stored.find(model.table), stored.indexes_of(model.table), stored.meanings_of(model.table),
                             is_referred_to(catalog, model));
    comparisons.back().compare(problems);
    const Problems renames = missing_renames(connections.patient, model, stored.collections);
    problems.insert(problems.end(), renames.begin(), renames.end());
    if (!renames.empty()) continue;
    const Problems missing = missing_values(connections.patient, model, comparisons.back().added);
    problems.insert(problems.end(), missing.begin(), missing.end());
  }
  if (!problems.empty()) refuse(shown, "nothing was changed", problems);
  prepared.cursor_key = read_database_key(connection, shown);
  create_kept_answers(connection, stored.collections);
  bool validates = true;
  for (std::size_t i = 0; i < comparisons.size(); ++i) {
    validates = make(connections, catalog.models()[i], stored, comparisons[i], prepared, problems) && validates;
  }
  if (!problems.empty()) {
    drop_made_indexes(connection, prepared);
    refuse(shown, what_was_done(prepared), problems);
  }
  if (!validates || !keeps_validators(connection, catalog, stored)) {
    log(LogLevel::kWarn, "this server keeps no validators: what others write is not checked", {{"database", shown}});
  }
  return prepared;
}

void drop_made_indexes(Connection& connection, const PreparedSchema& prepared) {
  for (const MadeIndex& index : prepared.made) {
    Document command;
    append_text(*command.get(), "dropIndexes", index.table);
    append_text(*command.get(), "index", index.name);
    const Reply reply = connection.write(*command.get());
    if (reply || reply.error().error.code == kIndexNotFound) continue;
    log(LogLevel::kWarn, "an index that this start made cannot be dropped",
        {{"collection", index.table}, {"index", index.name}, {"error", reply.error().error.message}});
  }
}

void refuse_clashes(const std::string& shown, const PreparedSchema& prepared, const Model& model, const Reindexed& mended) {
  const KeyClash& first = mended.clashes.front();
  const std::string how = fmt::format("{} of them have what another has, the first is {}", mended.clashing, first.id);
  refuse(shown, what_was_done(prepared), {broken_key(model, first.fields, how)});
}

void note_mended(Connection& connection, const OwingModel& owing) {
  keep_meanings(connection, owing.model->table, owing.meanings);
}

void note_mended(Connection& connection, const Model& model) {
  StoredMeanings meanings = read_meanings(connection)[model.table];
  meanings.search_version = model.search ? search_version(model) : 0;
  meanings.owes_keys = false;
  keep_meanings(connection, model.table, meanings);
}

}  // namespace holdfast::mongo
