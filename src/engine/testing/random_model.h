#pragma once
// Models made by chance: every kind, nested and nullable in every way, keys, indexes, searches, and references in every direction.

#include "engine/testing/random.h"
#include "engine/testing/scenario.h"

namespace holdfast::testing {

// One to three collections, in order of name.
std::vector<ModelText> random_models(Random& random);

}  // namespace holdfast::testing
