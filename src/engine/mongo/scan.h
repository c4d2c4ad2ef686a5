#pragma once
// Reads every document of a database from outside and tells what does not fit the models. Writes nothing; blocking; any thread.

#include "engine/inspection.h"
#include "engine/mongo/engine.h"

namespace holdfast::mongo {

// A collection that is not there yet has no records. StartupError: 69 when the server fails us, 78 when the URI cannot be read.
std::vector<ScannedCollection> scan(const Options& options, const Catalog& catalog, const ScanProgress& progress);

// The references of which some record dangles: other programs, and an update in the moment of a removal (docs/semantics.md §8), may leave
// such.
std::vector<DanglingReference> dangling(const Options& options, const Catalog& catalog);

}  // namespace holdfast::mongo
