#pragma once
// Values of a field made by chance, in the spellings of clients: few and near each other, so that records and filters meet, and as nasty
// as the field admits.

#include <string>
#include <vector>

#include "engine/testing/random.h"
#include "model/model.h"

namespace holdfast::testing {

// One value as it stands in a URL, before percent-encoding.
std::string random_scalar(Random& random, const Field& field);
// Texts of characters that people, sorting and patterns get wrong.
std::string random_text(Random& random, std::size_t most_pieces);
// Another spelling of the same value, or a value beside it: more digits, another zone, another case.
std::string respelled(Random& random, const Field& field, const std::string& text);
// A `like` pattern that has a chance to match the text.
std::string random_pattern(Random& random, const std::string& text);

// As JSON. `text` is one that random_scalar made.
std::string json_of(Random& random, const Field& field, const std::string& text);
// An object of scalars, as an array holds them.
std::string random_object(Random& random, const Field& object);
// A JSON object as free-form fields take it: keys and numbers that are hard to keep in order. In a patch there are more nulls.
std::string random_free_form(Random& random, bool patch);
// As a literal of filter text.
std::string literal_of(const Field& field, const std::string& text);

}  // namespace holdfast::testing
