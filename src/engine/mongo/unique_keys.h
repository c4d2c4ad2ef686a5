#pragma once
// How MongoDB is made to keep unique keys in which null never conflicts (semantics.md §5): by a unique index where null is not admitted, by
// a sparse one of a single field, and otherwise by a document of all members inside `_hf`, there only when none of them is null. Pure.

#include <string>

#include "engine/mongo/handles.h"
#include "model/model.h"

namespace holdfast::mongo {

inline constexpr std::string_view kHiddenKeys = "_hf.unique";

// Several fields, one of which may be null.
bool is_hidden(const Model& model, const UniqueKey& key);
// Where its document lies: "_hf.unique.label,size".
std::string hidden_path(const Model& model, const UniqueKey& key);
// `label: …, size: …`, when no member is null: false otherwise.
bool append_members(bson_t& document, const Model& model, const UniqueKey& key, const Record& record);

// `_hf.unique`: all of them that the record has; nothing is appended when it has none.
void append_hidden_keys(bson_t& bookkeeping, const Model& model, const Record& record);

}  // namespace holdfast::mongo
