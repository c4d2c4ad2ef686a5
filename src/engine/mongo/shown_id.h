#pragma once
// The id of a document, for messages. Pure.

#include <string>

#include "engine/mongo/handles.h"
#include "model/model.h"

namespace holdfast::mongo {

// As the API has it; of another type than the model's: as extended JSON, `{ "$oid" : "65f0…" }`. "?" when the document holds none.
std::string shown_id_of(const bson_t& document, const Model& model);

}  // namespace holdfast::mongo
