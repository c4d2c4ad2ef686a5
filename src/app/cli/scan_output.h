#pragma once
// What `doctor --scan` and `doctor --references` found, in words and as JSON. Pure.

#include <string>
#include <vector>

#include "engine/inspection.h"

namespace holdfast::cli {

// An error for each collection that has what does not fit: how much, and the first of it.
std::vector<Finding> findings_of(const std::vector<ScannedCollection>& collections);
std::vector<Finding> findings_of(const std::vector<DanglingReference>& references);

// Arrays, as members of the object of `doctor --json`.
std::string json_of(const std::vector<ScannedCollection>& collections);
std::string json_of(const std::vector<DanglingReference>& references);

}  // namespace holdfast::cli
