#pragma once
// Selects of records by the values of a key. Pure.

#include <span>
#include <string>
#include <string_view>

#include "engine/sql/dialect.h"

namespace holdfast::sql {

// The columns of the records in which each field of `key` has the value of its parameter (1, 2, …).
std::string keyed_select_text(const Dialect& dialect, const Model& model, std::span<const std::string_view> columns,
                              std::span<const std::size_t> key);

// ` from … where …`: the records in which one of these references is one of the ids of its parameter (1, 2, …), each a set. With
// `exceptions` one more set follows: ids of records that are left out.
std::string referring_text(const Dialect& dialect, const Model& model, std::span<const std::size_t> references, bool exceptions);

}  // namespace holdfast::sql
