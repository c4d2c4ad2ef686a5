#pragma once
// Scenarios made by chance: models with fields of every kind, rows that meet each other's values, requests that mostly find something.

#include <cstdint>

#include "engine/testing/scenario.h"

namespace holdfast::testing {

// The same seed makes the same scenario.
Scenario random_scenario(std::uint64_t seed);

}  // namespace holdfast::testing
