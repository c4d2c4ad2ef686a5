#pragma once
// Texts to search and what to search them for, made by chance of a few words that languages, accents, scripts and punctuation make hard.

#include <string>
#include <vector>

#include "engine/testing/random.h"

namespace holdfast::testing {

// At most so many code points.
std::string random_prose(Random& random, std::size_t most_code_points);
// Terms of `q`, to be joined with spaces: words, prefixes, phrases, exclusions, some of them taken from `texts`.
std::vector<std::string> random_terms(Random& random, const std::vector<std::string>& texts);

}  // namespace holdfast::testing
