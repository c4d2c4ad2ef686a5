#pragma once
// Records as JSON: the wire form of every answer, and the ETag that is made of it.
//
// Canonical form: id, declared properties in model order, createdAt, updatedAt, without those that are write-only; no white space. Equal
// records give equal bytes on every engine.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "model/json.h"
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

// What a decimal inside a stored object is: its count of units, or a plain number of any length where the database keeps all its digits.
// (Arrays of plain decimals are of the wire form.)
enum class StoredDecimals : std::uint8_t { kUnits, kNumbers };

// The form in which SQL columns keep arrays, objects and free-form JSON: the wire form, but for decimals inside objects, so that SQL can
// compare them. The value is not null.
void append_stored_json(std::string& out, const Field& field, const Value& value, StoredDecimals decimals = StoredDecimals::kUnits);

// The same for a kObject that takes the place of `stored`: members that the model does not declare are left as they are there.
void append_stored_object(std::string& out, const Field& field, const Value& value, std::string_view stored,
                          StoredDecimals decimals = StoredDecimals::kUnits);

// Reads it back, also as others may have written it: members that are missing are null, others than the declared ones are passed over.
// stored_value_invalid (detail: what is wrong) when something is of another type.
Result<Value> parse_stored(const Field& field, std::string_view json, StoredDecimals decimals = StoredDecimals::kUnits);

// A value that a client says is stored: any spelling that a body may use, but neither transforms nor limits. Absent when it can be no value
// of the field.
Value parse_claimed(const Field& field, const Json& json);

}  // namespace holdfast
