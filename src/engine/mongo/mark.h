#pragma once
// The mark of a removal, `_hf.deleting`, on a record that goes with it (removal.h).

#include <optional>
#include <string>

#include "base/clock.h"
#include "engine/mongo/handles.h"
#include "model/model.h"

namespace holdfast::mongo {

inline constexpr Milliseconds kStaleMark = 15'000;

struct Mark {
  std::string by;        // which removal
  Milliseconds at = 0;   // by the engine's clock
  Milliseconds now = 0;  // of the removal's plan: updatedAt of what lets go
  bool decided = false;
  const Model* root_model = nullptr;  // the record whose removal it is; null: of a model that is not there any more
  Value root_id;
};

void append_mark(bson_t& document, const Mark& mark);
// Of a document, should it bear one.
std::optional<Mark> read_mark(const bson_t& document, const Catalog& catalog);

}  // namespace holdfast::mongo
