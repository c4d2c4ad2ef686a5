#pragma once
// Reads every record of a file from outside and tells what does not fit the models. Writes nothing; blocking; any thread.

#include <filesystem>

#include "engine/inspection.h"

namespace holdfast::sqlite {

// A collection whose table is not there yet has no records. StartupError (69) when the file cannot be read, (78) when a table lacks a
// column of the model.
std::vector<ScannedCollection> scan(const std::filesystem::path& file, const Catalog& catalog, const ScanProgress& progress);

// The references of which some record dangles. Holdfast makes none; programs that do not enforce foreign keys do.
std::vector<DanglingReference> dangling(const std::filesystem::path& file, const Catalog& catalog);

}  // namespace holdfast::sqlite
