#pragma once
// Integer ids from a counter in `_hf_meta`: unique, never given twice; those of writes that failed are given back when nobody took a later
// one meanwhile.

#include "base/error.h"
#include "engine/mongo/connection.h"

namespace holdfast::mongo {

inline constexpr const char* kMetaCollection = "_hf_meta";

Result<std::int64_t> next_id(Connection& connection, const Model& model);
// Others have inserted ids of their own: the counter goes on behind the greatest.
Result<void> raise_ids(Connection& connection, const Model& model);
// Of an id that no record ever had and none is promised. Best effort: gaps are allowed.
void give_back_id(Connection& connection, const Model& model, std::int64_t id);

}  // namespace holdfast::mongo
