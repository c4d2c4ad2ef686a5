#pragma once
// The removal of a record and of what goes or changes with it: the driver of engine/removal_walk.h. Belongs to the writer's thread; one
// removal each.

#include "engine/sqlite/rows.h"

namespace holdfast::sqlite {

class Removal {
 public:
  // Borrows all it is given.
  Removal(Rows& rows, const std::vector<Reference>& references, const Model& model, const StoredRow& removed)
      : rows_(rows), walk_(references, model, {removed.record.values[0], removed.row}) {}

  // Looks up all that is touched; changes nothing. reference_violation.
  Result<void> survey();

  // Removes and changes what survey() found, the record itself too.
  Result<void> apply(Milliseconds now);

 private:
  Result<void> set_null(const RemovalWalk::Nulled& nulled, Milliseconds now);

  Rows& rows_;
  RemovalWalk walk_;
};

}  // namespace holdfast::sqlite
