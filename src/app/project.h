#pragma once
// A project's files, read and checked without a database: models, their finders, and the seeds.

#include <vector>

#include "app/config.h"
#include "model/loader.h"
#include "model/model.h"

namespace holdfast {

struct ProjectFiles {
  std::vector<Model> models;       // in order of name; with faults: those that could be read
  std::vector<ModelFault> faults;  // of models, else of finders, else of seeds; empty: the project is sound
  std::size_t seed_records = 0;    // sound ones

  std::size_t field_count() const noexcept;  // declared ones: neither id nor timestamps
};

// Models, then their finders when the models are sound.
ProjectFiles read_project(const Config& config);

// The collections of a sound project, for who cannot go on with faults: StartupError (78) that says them all.
Catalog load_catalog(const Config& config);

// Adds the seeds of a sound project; they need not exist.
void read_seeds(const Config& config, ProjectFiles& project);

}  // namespace holdfast
