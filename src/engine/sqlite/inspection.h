#pragma once
// A look at a database file from outside, without becoming its server. Writes nothing into the file. Blocking; any thread.

#include <filesystem>

#include "engine/inspection.h"
#include "engine/sqlite/handles.h"

namespace holdfast::sqlite {

// Reads the whole file once (`pragma quick_check`): seconds a gigabyte. A file that is not there yet is no fault; one whose tables
// do not fit the models is.
Inspection inspect(const std::filesystem::path& file, const Catalog& catalog);

// The file opened for reading only, beside the server that may hold it. Null: it cannot be opened.
Database open_beside(const std::filesystem::path& file);

}  // namespace holdfast::sqlite
