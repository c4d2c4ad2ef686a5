#pragma once
// Instants with millisecond precision, UTC, years 0001–9999, and calendar dates (RFC 3339).
//
// Wire form: 2026-11-23T04:05:06.789Z. Comparing wire forms as text compares instants.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast {

using Milliseconds = std::int64_t;  // since 1970-01-01T00:00:00Z

// RFC 3339 date-time with any offset; `t`, `z` and `-00:00` accepted, a space for `T`, second 60 and digits finer than
// a millisecond (other than zeros) refused, as is a UTC year outside 1–9999.
std::optional<Milliseconds> parse_timestamp(std::string_view text) noexcept;

// Reads the 24 bytes of the wire form only; for values that we wrote.
std::optional<Milliseconds> parse_wire_timestamp(std::string_view text) noexcept;

void append_timestamp(std::string& out, Milliseconds instant);

// YYYY-MM-DD of the proleptic Gregorian calendar, years 0001–9999.
bool is_date(std::string_view text) noexcept;

}  // namespace holdfast
