#pragma once
// What a collection says about several of its fields: indexes, unique keys, finders, search, cache.

#include "model/loader_faults.h"

namespace holdfast {

// Reads them into `model`, whose fields are complete. `sound[i]`: field i has no fault, so that more may be asked of it.
void read_keys(const YamlNode& root, Model& model, const std::vector<bool>& sound, FaultList& faults);

}  // namespace holdfast
