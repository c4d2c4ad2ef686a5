#pragma once
// What stored values of a field mean, as words that are kept beside them: a model that would read other values than were written is
// refused. Pure.

#include <string>
#include <utility>
#include <vector>

#include "model/field.h"

namespace holdfast {

// "decimal of scale 2", "array of string": equal for fields that read each other's values. Limits, formats and enums do not count.
std::string meaning_of(const Field& field);

// The meaning of a field under the empty path, and of every member inside it under a path such as `.city` or `[].price`: members come and
// go, but what is stored under a name keeps its meaning.
std::vector<std::pair<std::string, std::string>> meanings_of(const Field& field);

}  // namespace holdfast
