#pragma once
// Models made by chance: every kind, nullable in every way, keys and indexes.

#include "engine/testing/random.h"
#include "engine/testing/scenario.h"

namespace holdfast::testing {

ModelText random_model(Random& random);

}  // namespace holdfast::testing
