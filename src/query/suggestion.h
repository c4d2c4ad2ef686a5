#pragma once
// The nearest known name, for messages that refuse an unknown one. Pure.

#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

// " Did you mean `price`?" (with its leading space) when a candidate is near enough to be a slip of the finger, else empty.
// The first of several equally near ones wins.
std::string suggestion(std::string_view name, const std::vector<std::string_view>& candidates);

}  // namespace holdfast
