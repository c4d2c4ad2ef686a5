#pragma once
// An engine whose made ids leave gaps when a create is refused, which semantics.md §1 allows, without them: so that whole answers can be
// compared with those of one that leaves none.

#include <functional>
#include <memory>

#include "engine/engine.h"

namespace holdfast::testing {

// Makes the next id of the collection the one behind `last`.
using SetLastId = std::function<void(const Model& model, std::int64_t last)>;

// Writes must be sent one at a time.
std::unique_ptr<Engine> without_gaps(std::unique_ptr<Engine> engine, SetLastId set_last_id);

}  // namespace holdfast::testing
