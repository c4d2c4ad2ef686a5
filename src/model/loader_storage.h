#pragma once
// The names that all models together take in a database: tables, indexes, and what is kept beside them.

#include <map>
#include <string>

#include "model/loader.h"
#include "model/loader_yaml.h"

namespace holdfast {

// By file; the trees of models without faults.
using ModelRoots = std::map<std::string, const YamlNode*>;

// Adds a fault for each name that is taken twice. Models in order of name.
void check_storage(const ModelRoots& roots, Schemas schemas, LoadedModels& all);

}  // namespace holdfast
