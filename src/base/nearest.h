#pragma once
// "Did you mean …?": the known name that was most likely meant by an unknown one. Pure.

#include <span>
#include <string>
#include <string_view>

namespace holdfast {

// The first of the candidates that are the fewest slips away (a letter more, less, another, or two neighbours swapped; case ignored).
// Empty when more than a third of the letters would have to change: then a suggestion only confuses.
// Cost: the product of the lengths for each candidate; names longer than any of ours are near to nothing.
std::string_view nearest_name(std::string_view name, std::span<const std::string_view> candidates);

// " Did you mean `price`?" with its leading space; empty when nothing is near.
std::string did_you_mean(std::string_view name, std::span<const std::string_view> candidates);

}  // namespace holdfast
