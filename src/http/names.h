#pragma once
// Names of header fields and other tokens of HTTP are compared without case, in ASCII.

#include <string_view>

namespace holdfast::http {

bool equal_names(std::string_view a, std::string_view b) noexcept;

}  // namespace holdfast::http
