#pragma once
// What the models need in the database, compared with what is there. Creates what is missing; drops nothing; refuses what cannot be served.

#include <vector>

#include "base/hash.h"
#include "engine/mongo/connection.h"
#include "engine/mongo/documents.h"
#include "engine/mongo/stored_schema.h"

namespace holdfast::mongo {

// Its documents lack what a new index, new rules of search or filled members need.
struct OwingModel {
  const Model* model;
  StoredMeanings meanings;  // to be kept when that is mended
};

struct PreparedSchema {
  SecretKey cursor_key;
  KeysOfIndexes keys;
  std::vector<OwingModel> to_mend;
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

// Of a model whose documents are mended: it need not be done again at the next start.
void note_mended(Connection& connection, const OwingModel& owing);
void note_mended(Connection& connection, const Model& model);

}  // namespace holdfast::mongo
