#pragma once
// Triggers of other programs that may change what a write of ours stores, so that its answer and its ETag tell what was sent.

#include <string>
#include <vector>

#include "engine/postgres/connection.h"
#include "model/model.h"

namespace holdfast::postgres {

// The names of those that run before each inserted or updated row of the table; an empty schema is the current one. Blocking.
Outcome<std::vector<std::string>> changing_triggers(DirectSession& session, const std::string& schema, const std::string& table);

// A line of the log for each table that has some. Throws QueryFailed (introspection.h).
void warn_of_triggers(DirectSession& session, const Catalog& catalog);

}  // namespace holdfast::postgres
