#pragma once
// An engine over a server, made comparable with the specification: whole answers, byte for byte.

#include <functional>
#include <memory>

#include "engine/engine.h"

namespace holdfast::testing {

// Makes the next id of the collection the one behind `last`.
using SetLastId = std::function<void(const Model& model, std::int64_t last)>;

// Made ids leave no gaps behind creates that are refused, though semantics.md §1 allows them. What is database_unavailable, as anything is
// while a busy machine takes its time over the first connection, is asked again for a minute. Writes must be sent one at a time.
std::unique_ptr<Engine> comparable(std::unique_ptr<Engine> engine, SetLastId set_last_id);

}  // namespace holdfast::testing
