#pragma once
// What the values of a column mean where its SQL type does not say it: a stored 1050 is 10.50 in a decimal of scale 2, 1.050 in one of
// scale 3, and 1050 in an integer. `_hf_meta` keeps it for every column of a model, so that a changed model is refused instead of reading
// other values than were written.

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/sqlite/handles.h"
#include "model/model.h"

namespace holdfast::sqlite {

// "decimal of scale 2", "array of string": equal for fields that read each other's values. Limits, formats and enums do not count.
std::string meaning_of(const Field& field);

// The meaning of a field under the empty path, and of every member inside it under a path such as `.city` or `[].price`: members come and
// go, but what is stored under a name keeps its meaning.
std::vector<std::pair<std::string, std::string>> meanings_of(const Field& field);

// By column_key(), a path behind it.
using Meanings = std::map<std::string, std::string>;
std::string column_key(const std::string& table, const std::string& column);

// std::runtime_error when the file cannot be read.
Meanings read_meanings(sqlite3* database);
// The statement that keeps it.
std::string keep_meaning_text(const std::string& key, const std::string& meaning);

}  // namespace holdfast::sqlite
