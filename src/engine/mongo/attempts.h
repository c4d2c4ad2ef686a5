#pragma once
// The bound of every loop in which a write meets other writers.

#include "base/error.h"

namespace holdfast::mongo {

inline constexpr int kAttempts = 10;

// Nothing before the first two; then for a millisecond, and longer each time, so that those who met part.
void pause_before(int attempt);

Error overloaded_by_others();

}  // namespace holdfast::mongo
