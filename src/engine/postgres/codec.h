#pragma once
// Values between model and PostgreSQL's binary form (semantics.md §1): text COLLATE "C", bigint, double precision, numeric(p,s), boolean,
// timestamptz(3), date, uuid, native arrays, jsonb. Pure.

#include <span>

#include "engine/postgres/handles.h"
#include "engine/sql/dialect.h"
#include "model/model.h"

namespace holdfast::postgres {

// What the column of the field, or what a nested one is compared as, takes; without a field an int64 is a bigint, text is text.
Parameter encode(const sql::Bound& bound);
Query encode(const sql::Statement& statement);
// One array parameter of ids, for `= any($1)`.
Parameter encode_ids(const Model& model, std::span<const Value> ids);

// A row of `select _rev, <the fields of these ordinals>`; the others stay Absent. stored_value_invalid, naming id and field.
Result<Record> read_record(const Answer& answer, int row, const Model& model, std::span<const std::size_t> ordinals);

std::int64_t read_integer(std::string_view bytes) noexcept;  // int2, int4, int8

}  // namespace holdfast::postgres
