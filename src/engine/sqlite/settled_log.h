#pragma once
// The log that a process left behind, before anything is built on it.

#include "engine/sqlite/engine.h"
#include "engine/sqlite/handles.h"

namespace holdfast::sqlite {

// What stands in the log may stand in the page cache only: when an fsync has failed, the kernel takes the pages for kept, and no later
// fsync writes them, though every read still sees them. Writing them again makes the next fsync tell the truth: only then may commits
// follow them in the log, or a checkpoint carry them into the file. The bytes are the same, so a power cut in the midst harms nothing.
//
// Call on a handle that writes, before the first transaction. StartupError. Costs one copy of the log (at most some 32 MiB), after a
// process that did not close the file only: else there is none.
void settle_log(sqlite3* database, const Options& options);

}  // namespace holdfast::sqlite
