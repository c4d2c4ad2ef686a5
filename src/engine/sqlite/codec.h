#pragma once
// Values into parameters and rows into records: what each kind is in an SQLite column (semantics.md §1).

#include <span>

#include "base/error.h"
#include "engine/sql/dialect.h"
#include "engine/sqlite/handles.h"
#include "model/model.h"

namespace holdfast::sqlite {

// Binds parameter `number` (from 1). Texts are not copied: `value` must live until the statement is reset.
// `field` null: the value as it is.
void bind_value(sqlite3_stmt* statement, int number, const Field* field, const Value& value);
void bind_all(sqlite3_stmt* statement, std::span<const sql::Bound> parameters);

// The row that the statement stands on, whose columns are `_rev` and then the fields of `ordinals`. Other fields are Absent.
// stored_value_invalid naming id and field when a value is of another type than the model's.
Result<Record> read_record(sqlite3_stmt* statement, const Model& model, std::span<const std::size_t> ordinals);

// One column of that row, from 0. Absent: it is of another type than the field's.
Value read_column(sqlite3_stmt* statement, int column, const Field& field);

}  // namespace holdfast::sqlite
