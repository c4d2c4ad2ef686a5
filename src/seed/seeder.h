#pragma once
// Fills empty collections from a project's seeds, through a Store like any client.
//
// A collection that holds a record already is left as it is. Records go in one after the other, in the order of files and lines, save that
// a collection follows those that it refers to (where some refer to each other in a circle, the names of their files decide). createdAt
// ascends by one millisecond a record and ends now, ids ascend. Each record is durable when the next begins; when one is refused, those
// before it stay.

#include <filesystem>
#include <string>
#include <vector>

#include "base/clock.h"
#include "engine/store.h"
#include "model/model.h"

namespace holdfast {

struct SeedReport {
  struct Collection {
    std::string name;
    std::size_t records = 0;
  };
  std::vector<Collection> filled;   // in the order they were filled
  std::vector<std::string> passed;  // were not empty
};

// Run on the loop of the store. Throws StartupError (78) when the folder is missing or a seed file has faults: then nothing was written.
// An error says which record (`seeds/02_users.yml:5:5: …`) could not be stored.
awaitable<Result<SeedReport>> seed(const Catalog& catalog, std::filesystem::path folder, Store& store, const Clock& clock);

}  // namespace holdfast
