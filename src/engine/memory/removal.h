#pragma once
// semantics.md §5, "References", as code: what else goes or changes when a record is removed. Pure, save carry_out.

#include <vector>

#include "base/error.h"
#include "base/timestamp.h"
#include "engine/memory/collection.h"

namespace holdfast::memory {

struct RecordName {
  const Model* model = nullptr;
  Value id;
};

struct Removal {
  std::vector<RecordName> removed;  // the record itself first, then what refers to it by cascade, breadth first
  std::vector<RecordName> changed;  // what stays, but refers to one of them by setNull
};

// reference_violation when a record that stays refers to one that goes by restrict, or when there are more than kCascadeLimit.
Result<Removal> removal_of(const Catalog& catalog, const Collections& collections, const RecordName& record);

void carry_out(const Removal& removal, Collections& collections, Milliseconds now);

}  // namespace holdfast::memory
