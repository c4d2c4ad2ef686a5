#pragma once
// Search data and hidden keys of documents that others wrote or changed, made anew.

#include <functional>

#include "engine/engine.h"
#include "engine/mongo/connection.h"

namespace holdfast::mongo {

// What others left behind is what the record wants. The record is that of the document.
bool has_right_search(const bson_t& document, const Model& model, const Record& record);
bool has_right_keys(const bson_t& document, const Model& model, const Record& record);

// Walks the whole collection in order of its ids. Revisions stay: nothing that a client sees changes. A record whose key is another's goes
// without that key, and the walk goes on. Throws std::runtime_error with what went wrong.
Reindexed mend(Connection& connection, const Model& model, const std::function<void(std::int64_t done, std::int64_t of)>& progress);

}  // namespace holdfast::mongo
