#pragma once
// References to records that are not there. Pure.

#include <string>

#include "engine/sql/dialect.h"

namespace holdfast::sql {

// Selects id and reference of every record that refers to none. Without a table of the target (`target_exists` false) all that refer do.
std::string dangling_text(const Dialect& dialect, const Reference& reference, bool target_exists);

}  // namespace holdfast::sql
