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

}  // namespace holdfast::sql
