#pragma once
// Values between model and PostgreSQL's binary form (semantics.md §1): text COLLATE "C", bigint, double precision, numeric(p,s), boolean,
// timestamptz(3), date, uuid, native arrays, jsonb. Pure.

#include <span>

#include "engine/postgres/handles.h"
#include "engine/sql/dialect.h"
#include "model/model.h"

namespace holdfast::postgres {

// True for ids, and references to them, that are kept as uuid. Other texts of the format keep the case that was sent.
bool is_uuid(const Field& field) noexcept;

// What the column of the field takes; of an enum without a type, since the column may be text or a native enum. A scalar field with an
// Array value: an array of such, for `= any($1)`. Null and Absent: the type without bytes. Without a field: an int64 is a bigint, a double
// a double precision, a text is text, an Array an array of one of these, and null of no type.
Parameter encode(const sql::Bound& bound);
Query encode(const sql::Statement& statement);
// One array parameter of ids, for `= any($1)`.
Parameter encode_ids(const Model& model, std::span<const Value> ids);
// jsonb, of a text that is JSON.
Parameter encode_json(std::string_view text);

// A row of `select _rev, <the fields of these ordinals>`; the others stay Absent. stored_value_invalid, naming id and field.
Result<Record> read_record(const Answer& answer, int row, const Model& model, std::span<const std::size_t> ordinals);
// The value of one field; Absent: it is of another type. `type` is that of the answer's column.
Value read_value(const Field& field, Oid type, std::string_view bytes);

std::int64_t read_integer(std::string_view bytes) noexcept;  // int2, int4, int8
// The text of a jsonb value.
std::string_view read_json(std::string_view bytes) noexcept;

}  // namespace holdfast::postgres
