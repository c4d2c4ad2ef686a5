#pragma once
// A project's files, read and checked without a database: models, their finders, and the seeds.

#include <vector>

#include "app/config.h"
#include "model/loader.h"
#include "model/model.h"

namespace holdfast {

struct ProjectFiles {
  std::vector<Model> models;       // in order of name; with faults: those that could be read
  std::vector<ModelFault> faults;  // of models, then of finders, then of seeds; empty: the project is sound
  std::size_t seed_records = 0;

  std::size_t field_count() const noexcept;  // declared ones: neither id nor timestamps
};

// Finders and seeds are looked at only when the models are sound. Seeds need not exist.
ProjectFiles read_project(const Config& config);

}  // namespace holdfast
