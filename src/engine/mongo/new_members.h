#pragma once
// Members that a model declares anew, or admits no null in any more, over documents that Holdfast wrote without them: what ADD COLUMN and
// SET NOT NULL do in SQL. In documents that only
// others wrote, a missing member goes on reading as null (semantics.md §6), and so does one that may be null everywhere.

#include <string>
#include <vector>

#include "engine/mongo/connection.h"
#include "engine/mongo/stored_schema.h"

namespace holdfast::mongo {

struct NewMembers {
  std::vector<const Field*> with_default;
  std::vector<const Field*> required;  // and without a default: no document may lack them
  std::vector<const Field*> not_null;  // they were declared, and might be null
};

// Of the outermost members that may not be null; none in a collection that was never served. Pure.
NewMembers new_members(const Model& model, const StoredMeanings& known);
// Search data, or a hidden key, is made of one of them. Pure.
bool has_search_made_of(const Model& model, const std::vector<const Field*>& members);
bool has_key_made_of(const Model& model, const std::vector<const Field*>& members);

// A sentence for each member whose value documents of ours lack, and nothing may be filled in. StartupError (69) when the server fails.
std::vector<std::string> missing_values(Connection& connection, const Model& model, const NewMembers& added);

// Puts the defaults where they are missing, some hundred documents at a time; revisions and dates stay. What was broken off is finished
// when it is begun again. StartupError (69) when the server fails.
void fill(Connection& connection, const Model& model, const std::vector<const Field*>& members);

}  // namespace holdfast::mongo
