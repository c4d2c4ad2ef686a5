#pragma once
// What the models need in the database, compared with what is there. Creates what is missing; drops nothing; refuses what cannot be served.

#include <vector>

#include "base/hash.h"
#include "engine/engine.h"
#include "engine/mongo/connection.h"
#include "engine/mongo/documents.h"
#include "engine/mongo/stored_schema.h"

namespace holdfast::mongo {

// Its documents lack what a new index, new rules of search or filled members need.
struct OwingModel {
  const Model* model;
  StoredMeanings meanings;  // to be kept when that is mended
  bool has_new_keys;        // or keys made of filled members: no record may break them
};

struct MadeIndex {
  std::string table, name;
};

struct PreparedSchema {
  SecretKey cursor_key;
  KeysOfIndexes keys;
  std::vector<OwingModel> to_mend;
  std::vector<MadeIndex> made;  // unique ones, by this start
  bool has_filled = false;      // new members in documents, which may all be there already
};

// One gives up what is not answered soon, as a request does; the other waits for indexes to be built and for documents to be mended.
struct SchemaConnections {
  Connection& prompt;
  Connection& patient;
};

// `shown`: the database, for messages. StartupError: 69 when the server fails, 78 that lists every difference and what to do. It says
// whether nothing was changed, or no record: records that break a key of the model are found only by making its index, when other
// collections and indexes have been made.
PreparedSchema prepare_schema(const SchemaConnections& connections, const std::string& shown, const Catalog& catalog);

// For a start that is refused: a key that the models of before do not say would refuse them, too. What fails is left to the next start.
void drop_made_indexes(Connection& connection, const PreparedSchema& prepared);

// StartupError (78): that records break a key of the model, and which.
[[noreturn]] void refuse_clashes(const std::string& shown, const PreparedSchema& prepared, const Model& model, const Reindexed& mended);

// Of a model whose documents are mended: it need not be done again at the next start.
void note_mended(Connection& connection, const OwingModel& owing);
void note_mended(Connection& connection, const Model& model);

}  // namespace holdfast::mongo
