#pragma once
// Reads every record of a database from outside and tells what does not fit the models. Writes nothing; blocking; any thread.

#include "engine/inspection.h"
#include "engine/postgres/engine.h"

namespace holdfast::postgres {

// A collection whose table is not there yet has no records. StartupError: 69 when the server fails us, 78 when a table lacks a column of
// the model, or the URL cannot be read.
std::vector<ScannedCollection> scan(const Options& options, const Catalog& catalog, const ScanProgress& progress);

// The references of which some record dangles. Holdfast makes none; who drops or disables foreign keys does.
std::vector<DanglingReference> dangling(const Options& options, const Catalog& catalog);

}  // namespace holdfast::postgres
