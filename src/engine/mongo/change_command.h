#pragma once
// A change of a stored document as one compare-and-set: what must still be there, and what is to be set and unset. Pure.
//
// Only what differs is written: fields and members that the model does not declare stay, and others may change them meanwhile.

#include <optional>

#include "engine/mongo/handles.h"
#include "model/model.h"

namespace holdfast::mongo {

struct ChangeCommand {
  Document query, update;
};

// `stored`: the document that `before` was read from. `request`: what marks the write of an Idempotency-Key.
ChangeCommand make_change(const Model& model, const bson_t& stored, const Record& before, const Record& after,
                          const std::optional<std::int64_t>& request);

// The same of a document that stays as it is.
ChangeCommand make_confirmation(const Model& model, const Record& before);

// A new document.
Document make_document(const Model& model, const Record& record, const std::optional<std::int64_t>& request);

// `_hf.rev` is still that: missing and null count as 0.
void append_revision_is(bson_t& query, std::int64_t revision);

}  // namespace holdfast::mongo
