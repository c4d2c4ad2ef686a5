#pragma once
// `was:` of models. Renaming is not done: so a start is refused that would lose sight of what stands under the old name.

#include <map>
#include <string>
#include <vector>

#include "engine/mongo/connection.h"
#include "engine/mongo/stored_schema.h"

namespace holdfast::mongo {

// What is still to be renamed, each with the command that does it. StartupError (69) when the server fails.
std::vector<std::string> missing_renames(Connection& connection, const Model& model,
                                         const std::map<std::string, StoredCollection>& collections);

}  // namespace holdfast::mongo
