#pragma once
// What the models need in the file, compared with what is there. Creates what is missing and harmless; refuses any other difference.

#include <string>
#include <vector>

#include "base/hash.h"
#include "engine/sqlite/engine.h"
#include "engine/sqlite/handles.h"

namespace holdfast::sqlite {

// In one transaction on the writer's handle: `_hf_meta`, tables, columns that admit null or have a default, indexes, side tables,
// search tables.
// StartupError (78) that lists every other difference and what to do; then nothing has changed. Returns the key of the cursors.
SecretKey prepare_schema(sqlite3* database, const Options& options, const Catalog& catalog);

// The same differences, a sentence each, on any handle; changes nothing. What only making an index would show is not among them: records
// that break a new unique key.
std::vector<std::string> find_schema_problems(sqlite3* database, const Options& options, const Catalog& catalog);

}  // namespace holdfast::sqlite
