#pragma once
// Scenarios made by chance: models with fields of every kind, rows that meet each other's values, requests that mostly find something.

#include <cstdint>

#include "engine/testing/characters.h"
#include "engine/testing/scenario.h"

namespace holdfast::testing {

// The same seed makes the same scenario.
Scenario random_scenario(std::uint64_t seed, Characters characters = Characters::kAll);

}  // namespace holdfast::testing
