#pragma once
// Records as JSON: the wire form of every answer, and the ETag that is made of it.
//
// Canonical form: id, declared properties in model order, createdAt, updatedAt, without those that are write-only; no white space. Equal
// records give equal bytes on every engine.

#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "model/model.h"

namespace holdfast {

// Appends the value of one field; null for null. The value must not be absent.
void append_json_value(std::string& out, const Field& field, const Value& value);

// Appends the whole record. Every value must be present.
void append_json(std::string& out, const Model& model, const Record& record);

// Appends only the fields named by `ordinals` (ascending).
void append_json(std::string& out, const Model& model, const Record& record, std::span<const std::size_t> ordinals);

// `"<revision>-<8 hex digits>"` with the quotes, of the record's full canonical JSON.
std::string etag_of(std::int64_t revision, std::string_view canonical_json);
std::string etag_of(const Model& model, const Record& record);

// Reads a value of a field that Holdfast wrote as JSON (arrays in SQL columns). stored_value_invalid (detail: what is wrong) when it is of
// another type.
Result<Value> parse_stored_array(const Field& field, std::string_view json);

}  // namespace holdfast
