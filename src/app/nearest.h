#pragma once
// "Did you mean …?": the known name that is the fewest edits (insert, remove, change, swap of neighbours) away. Pure.

#include <span>
#include <string>
#include <string_view>

namespace holdfast {

std::size_t edit_distance(std::string_view a, std::string_view b);

// The first of the nearest; empty when `names` is.
std::string_view nearest_name(std::string_view name, std::span<const std::string> names);

// The same, but empty when more than a third of the letters would have to change: then a suggestion only confuses.
std::string_view plausible_name(std::string_view name, std::span<const std::string> names);

}  // namespace holdfast
