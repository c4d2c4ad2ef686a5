#pragma once
// Numbers as MongoDB keeps them. Others write any of its four types for any field, so every one is read where it holds the value exactly.
// Pure.

#include <cstdint>
#include <optional>
#include <string>

#include "engine/mongo/handles.h"
#include "model/field.h"

namespace holdfast::mongo {

// True at a double, an int32, an int64 or a Decimal128.
bool is_number(const bson_iter_t& stored) noexcept;

// Nothing: it is no number, or not exactly one of these. A double is the decimal that its shortest text says, 45.55 as much as 0.1.
std::optional<std::int64_t> read_integer(const bson_iter_t& stored);
std::optional<double> read_double(const bson_iter_t& stored);
// Units of 10^-scale. `storage: double`: a double is the nearest decimal of the scale, upwards from half-way.
std::optional<std::int64_t> read_decimal(const bson_iter_t& stored, const Field& field);

// Exactly that many units of 10^-scale, with the scale's number of digits.
bson_decimal128_t decimal128_of(std::int64_t units, int scale);
// The double nearest to it.
double double_of(std::int64_t units, int scale);
// The stored number, which reads as so many units, is the very one that we write for them.
bool is_own_number(const bson_iter_t& stored, std::int64_t units, const Field& field);
// Less than 0: the double lies below the decimal; 0: it is the same number.
int compare_double(double number, std::int64_t units, int scale);

}  // namespace holdfast::mongo
