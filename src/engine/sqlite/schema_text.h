#pragma once
// The DDL of SQLite, as text. Pure; golden tests beside it.

#include <string>
#include <vector>

#include "engine/sql/ddl.h"

namespace holdfast::sqlite {

std::string create_table_text(const Model& model, const sql::TableDefinition& table);
std::string add_column_text(const Model& model, const sql::ColumnDefinition& column);

// The side table of an indexed array, its index and its triggers.
std::vector<std::string> define_array_index_texts(const Model& model, std::size_t field);
// Its rows for the records that are there.
std::string fill_array_index_text(const Model& model, std::size_t field);

// Of a declared column type (https://www.sqlite.org/datatype3.html §3.1): INTEGER, TEXT, BLOB, REAL or NUMERIC.
std::string affinity(std::string_view declared_type);

}  // namespace holdfast::sqlite
