#pragma once
// What the values of a column mean where its SQL type does not say it: a stored 1050 is 10.50 in a decimal of scale 2, 1.050 in one of
// scale 3, and 1050 in an integer. `_hf_meta` keeps it for every column of a model, so that a changed model is refused instead of reading
// other values than were written. Pure.

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/field_meaning.h"
#include "model/model.h"

namespace holdfast::sql {

// By column_key(), a path behind it.
using Meanings = std::map<std::string, std::string>;
// `table`: as Dialect::append_table spells it.
std::string column_key(std::string_view table, std::string_view column);
// What the keys of all columns start with.
inline constexpr std::string_view kColumnKeyPrefix = "column ";

// What must be kept of a column and is not yet, and the first meaning that would change.
struct MeaningChange {
  std::vector<std::pair<std::string, std::string>> unknown;  // keys and meanings
  std::string problem;                                       // a sentence; empty: none
};
// `is_new`: the column is not there yet, so what is known of one of its name is of the past.
MeaningChange compare_meaning(const Meanings& known, std::string_view table, const Field& field, bool is_new);

}  // namespace holdfast::sql
