#pragma once
// An engine that answers wrongly on order: the memory engine behind a store that misreads its plans. It shows that the differential test
// can fail.

#include <memory>

#include "engine/engine.h"

namespace holdfast::testing {

enum class Misreading : std::uint8_t {
  kNullIsUnequalToNothing,  // `ne` no longer finds records whose field is null
  kNullsLast,               // a sort key that admits null puts its nulls at the other end
  kNullConflicts,           // a write that would be unique but for a null is refused
  kSetNullKeepsRevision,    // what a removal changes looks unchanged to If-Match
  kRankForgetsFields,       // a term counts as much in the second searched field as in the first
  kUpsertReplacesObjects,   // members that were not sent become null
};

std::unique_ptr<Engine> open_misreading(const Catalog& catalog, Misreading misreading);

}  // namespace holdfast::testing
