#pragma once
// Reads on one connection, in a lane: blocking. From the primary. What was lost with an old connection is asked once more on a new one.

#include <chrono>
#include <vector>

#include "engine/mongo/connection.h"
#include "engine/mongo/statement.h"
#include "engine/store.h"

namespace holdfast::mongo {

using Deadline = std::chrono::steady_clock::time_point;

// Records by their ids, each found or not_found or stored_value_invalid, in the order of `ids`, which are sorted and none twice; or what
// failed for all of them.
Result<std::vector<Result<Record>>> find_all(Connection& connection, const Model& model, const std::vector<Value>& ids, Deadline deadline);

// query_timeout at the deadline.
Result<Listing> run(Connection& connection, const Query& query, Deadline deadline);

}  // namespace holdfast::mongo
