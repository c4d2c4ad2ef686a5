#pragma once
// Seed files into records that the models accept. Needs no database.
//
// seeds/NN_<collection>.yml: {match: [fields], records: [{field: value, …}, …]}. Files are taken in order of name; several of one
// collection are fine. `match` names the fields by which a record is known again: no two records of one collection may agree in all of
// them. Values are read by YAML's core schema and become what a POST body would hold; numbers keep their text, so decimals stay exact.

#include <filesystem>
#include <string>
#include <vector>

#include "model/loader.h"
#include "model/model.h"

namespace holdfast {

struct SeedRecord {
  std::vector<Value> values;  // by ordinal, as a create of the validator leaves them
  Mark mark;
};

struct SeedFile {
  std::string file;  // for messages
  const Model* model = nullptr;
  std::vector<SeedRecord> records;
};

struct LoadedSeeds {
  std::vector<SeedFile> files;
  std::vector<ModelFault> faults;  // `seeds/01_items.yml:12:5: what, and what to write instead`; empty: the seeds are sound
};

// Reads all *.yml and *.yaml of a folder; a folder that is missing holds none. `shown_folder` is how messages name it.
LoadedSeeds load_seeds(const Catalog& catalog, const std::filesystem::path& folder, const std::string& shown_folder);

}  // namespace holdfast
