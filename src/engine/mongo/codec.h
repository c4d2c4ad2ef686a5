#pragma once
// Records as BSON documents (semantics.md §1): null is left out; what is missing or null reads as null, whatever the model says of null.
// Reads what others wrote as well: any type of number that holds the value exactly, no `_hf`, members that no model declares. Pure.

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "engine/mongo/handles.h"
#include "model/model.h"

namespace holdfast::mongo {

inline constexpr std::string_view kIdName = "_id";
inline constexpr std::string_view kBookkeepingName = "_hf";  // the sub-document that is never on the wire
inline constexpr std::string_view kRevisionPath = "_hf.rev";

// `_id`, the declared `column:`, or else the name itself: camelCase. (The snake_case of Field::column is SQL's.)
std::string stored_name(const Field& field);
// By ordinal, of nested fields too: "address.city".
std::string stored_path(const Model& model, std::size_t ordinal);

// By ordinal; the value is neither null nor absent. A null inside an object is left out there.
void append_value(bson_t& document, std::string_view key, const Model& model, std::size_t ordinal, const Value& value);
// The same for any field but an id.
void append_value(bson_t& document, std::string_view key, const Field& field, const Value& value);
void append_id(bson_t& document, std::string_view key, const Model& model, const Value& id);

// All values but those that are null or absent; no `_hf`.
Document encode_record(const Model& model, const Record& record);

// stored_value_invalid, naming id and field. `ordinals`: those that were asked for; others are Absent.
Result<Record> read_record(const bson_t& document, const Model& model, std::span<const std::size_t> ordinals);
Result<Record> read_record(const bson_t& document, const Model& model);

// Absent: a value of another type. Not for ids.
Value read_value(const bson_iter_t& stored, const Field& field);
Value read_id(const bson_iter_t& stored, const Model& model);

// 0 when it is missing or no integer.
std::int64_t read_revision(const bson_t& document);

}  // namespace holdfast::mongo
