#pragma once
// What the models need in the database, compared with what is there. Creates what is missing and harmless; refuses any other difference.

#include <string>
#include <vector>

#include "base/hash.h"
#include "engine/postgres/connection.h"
#include "model/model.h"

namespace holdfast::postgres {

// Blocking, in one transaction; several servers may start at once: they take turns. Makes `_hf_meta`, `_hf_idempotency`, tables, columns
// that admit null or have a default, indexes, foreign keys, checks of enums, search columns and what is in them; in the current schema,
// save tables of models that name one. `terms`: SQL that follows each `begin`; may be empty.
// StartupError (78) that lists every other difference and what to do; then nothing has changed. 69 when the server fails us. Returns the
// key of the cursors.
SecretKey prepare_schema(DirectSession& session, const Catalog& catalog, const std::string& terms);

// The same differences, a sentence each; changes nothing. Throws QueryFailed.
std::vector<std::string> find_schema_problems(DirectSession& session, const Catalog& catalog, const std::string& terms);

}  // namespace holdfast::postgres
