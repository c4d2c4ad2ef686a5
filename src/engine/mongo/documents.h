#pragma once
// The records of all collections on one connection: each read and each write one command, each write of one document.

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/mongo/change_command.h"
#include "engine/mongo/connection.h"
#include "engine/removal_walk.h"
#include "engine/store.h"

namespace holdfast::mongo {

// A record, and the document that it was read from: what a change must find again.
struct StoredDocument {
  Record record;
  Document document;
};

// What stands in the way of a record.
struct Clashes {
  std::vector<UniqueKey> keys;      // that others have the same values in
  std::vector<Document> documents;  // of these others, as by bookkeeping()
};

// Which key each unique index keeps, by table and the index's name: its place in keys_of(model).
using KeysOfIndexes = std::map<std::string, std::map<std::string, std::size_t>>;

// `{ "$in": … }` for each condition of the question.
void append_any_of(bson_t& filter, const RemovalQuestion& question);

class Documents {
 public:
  Documents(Connection& connection, const KeysOfIndexes& keys) : connection_(connection), keys_(keys) {}

  Connection& connection() noexcept { return connection_; }

  // not_found.
  Result<StoredDocument> find(const Model& model, const Value& id);
  // The record with the same values in a unique key, none of which is null.
  Result<std::optional<StoredDocument>> find(const Model& model, const UniqueKey& key, const Record& values);
  Result<bool> exists(const Model& model, const Value& id);
  // Nothing: no such record. The document holds its `_id` and `_hf`.
  Result<std::optional<Document>> bookkeeping(const Model& model, const Value& id);
  Result<RemovalAnswer> answer(const RemovalQuestion& question);

  // unique_violation: remembered, see clashes().
  Result<void> insert(const Model& model, const Record& record, const std::optional<std::int64_t>& request);
  // False: it is not as `before` was any more.
  Result<bool> change(const Model& model, const StoredDocument& before, const Record& after, const std::optional<std::int64_t>& request);
  // Waits until a majority keeps what was read, and changes nothing. False: as above.
  Result<bool> confirm(const Model& model, const Record& before);
  // False: no document of the id with this revision is there.
  Result<bool> remove(const Model& model, const Record& before);

  // The key whose index refused the last insert or change; nothing: none that the model declares.
  const std::optional<UniqueKey>& refusing_key() const noexcept { return refusing_key_; }
  // The refusing key and every other that clashes.
  Clashes clashes(const Model& model, const Record& record, bool is_new);

 private:
  Result<std::optional<Document>> find_one(const std::string& table, const bson_t& filter, const bson_t* projection);
  Result<bool> change(const Model& model, const ChangeCommand& change);
  Error refused_write(const Model& model, const Failure& failure);
  Result<std::int64_t> count(const std::string& table, const bson_t& filter);

  Connection& connection_;
  const KeysOfIndexes& keys_;
  std::optional<UniqueKey> refusing_key_;
};

// What a command that writes failed with: outcome_unknown when it may have been done all the same.
Error error_of_write(const Failure& failure);

}  // namespace holdfast::mongo
