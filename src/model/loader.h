#pragma once
// Model files into a Catalog. The only user of yaml-cpp.
//
// The loader's table of keywords (model/keywords.h) also makes schema/model.schema.json and docs/models.md, so that neither can lie.

#include <filesystem>
#include <string>
#include <vector>

#include "model/model.h"

namespace holdfast {

// One fault of one file; text() is `models/items.yaml:7:18: what, and what to write instead`.
struct ModelFault {
  std::string file;
  Mark mark;
  std::string message;
  std::string text() const;
};

struct LoadedModels {
  std::vector<Model> models;       // in order of name
  std::vector<ModelFault> faults;  // every fault found, in order of file and line; empty: the models are sound
};

// Whether the database knows the `schema` of a table. PostgreSQL does; elsewhere one name is one table.
enum class Schemas : std::uint8_t { kKept, kUnknown };

// Reads all *.yaml and *.yml of a folder. `shown_folder` is how messages name it ("models"). A folder that is missing or holds no model is
// a fault.
LoadedModels load_models(const std::filesystem::path& folder, const std::string& shown_folder, Schemas schemas = Schemas::kKept);

// Files from memory, of collection and YAML, for tests and fuzzers.
LoadedModels load_model_texts(const std::vector<std::pair<std::string, std::string>>& files);

// One of them alone: it may refer to itself only.
LoadedModels load_model_text(const std::string& collection, const std::string& yaml);

}  // namespace holdfast
