#pragma once
// numeric in PostgreSQL's binary form: digits of base 10,000 around a point. Pure.

#include <cstdint>
#include <string>
#include <string_view>

#include "model/value.h"

namespace holdfast::postgres {

// `units` times 10^-scale.
void append_numeric(std::string& out, std::int64_t units, int scale);

// The count of units; Absent when it is no whole number of them within int64, or no number at all.
Value read_numeric(std::string_view bytes, int scale);

}  // namespace holdfast::postgres
