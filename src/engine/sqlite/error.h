#pragma once
// SQLite's return codes as errors of ours: the one place that knows them.

#include "base/error.h"
#include "engine/sqlite/handles.h"

namespace holdfast::sqlite {

// What the last failing call on `database` means to a client.
Error error_of(sqlite3* database);
// The same of a COMMIT, which tells its handle nothing of `reason`, the errno that it left.
Error error_of_commit(sqlite3* database, int reason);

// The disk takes no more: full, over quota, turned read-only (`reason`: ENOSPC, EDQUOT, EROFS). Never a failed fsync, whatever its reason.
bool is_out_of_room(int extended_code, int reason) noexcept;

// An fsync that failed: what was written since the last one may be lost, and asking again lies (Rebello et al., ATC '20).
bool is_failed_sync(int extended_code) noexcept;
bool is_io_error(int extended_code) noexcept;
bool is_unique_violation(int extended_code) noexcept;
// A foreign key that the database itself keeps.
bool is_reference_violation(int extended_code) noexcept;
bool is_interrupted(int extended_code) noexcept;
bool is_busy(int extended_code) noexcept;

}  // namespace holdfast::sqlite
