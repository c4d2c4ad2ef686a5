#pragma once
// The search columns of a whole table: filled at start, mended by reindex. Blocking.

#include <functional>
#include <string>

#include "engine/engine.h"
#include "engine/postgres/connection.h"

namespace holdfast::postgres {

// Inside the transaction that prepares the schema, when the columns are there. Fills them from every record when `_hf_meta` says that they
// were made by other rules (`search_version`), or not at all. Throws QueryFailed (introspection.h).
void prepare_search(DirectSession& session, const Model& model, bool table_is_new);

// Engine::reindex, in transactions of 1,000 records. `terms` as in prepare_schema. std::runtime_error with what PostgreSQL says.
Reindexed mend_search(DirectSession& session, const Model& model, const std::string& terms,
                      const std::function<void(std::int64_t done, std::int64_t of)>& progress);

}  // namespace holdfast::postgres
