#pragma once
// Search data and hidden keys of documents that others wrote or changed, made anew.

#include <functional>

#include "engine/engine.h"
#include "engine/mongo/connection.h"

namespace holdfast::mongo {

// Walks the whole collection in order of its ids. Revisions stay: nothing that a client sees changes. Throws std::runtime_error with what
// went wrong.
Reindexed mend(Connection& connection, const Model& model, const std::function<void(std::int64_t done, std::int64_t of)>& progress);

}  // namespace holdfast::mongo
