#pragma once
// One model file's tree into a Model.

#include "model/loader_faults.h"

namespace holdfast {

// Meaningful only when no fault was added.
Model read_collection(const std::string& name, const YamlNode& root, FaultList& faults);

}  // namespace holdfast
