#pragma once
// The limits of a field (minimum, maxLength, minItems, pattern …) and its default, which must keep to them.

#include "model/loader_faults.h"

namespace holdfast {

// Reads the limits that stand in `map` into `field`, whose kind is known.
void read_limits(const YamlNode& map, Field& field, FaultList& faults);

// Reads `default` into a field that is otherwise complete, by the rules that bodies are held to; arrays without one get [].
void read_default(const YamlNode& map, Field& field, FaultList& faults);

}  // namespace holdfast
