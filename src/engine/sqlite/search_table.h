#pragma once
// The search tables as a whole: made and filled at start, mended by reindex.

#include <functional>

#include "engine/engine.h"
#include "engine/sqlite/handles.h"

namespace holdfast::sqlite {

// Inside the transaction that prepares the schema, when the table of records is as the model says. Makes the search table and fills it from
// every record when it is missing, or was made by other rules (`search_version`), or `renew`; drops it when the model has no `search` any
// more. std::runtime_error with what SQLite says.
void prepare_search(sqlite3* database, const Model& model, bool renew);

// Engine::reindex on a handle that writes, in transactions of 1,000 records. std::runtime_error with what SQLite says.
Reindexed mend_search(sqlite3* database, const Model& model, const std::function<void(std::int64_t, std::int64_t)>& progress);

}  // namespace holdfast::sqlite
