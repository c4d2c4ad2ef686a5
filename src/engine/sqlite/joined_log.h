#pragma once
// A file system for the writer's handle that joins what SQLite writes to the log. SQLite writes each frame's header and page by a call of
// its own, one frame after the other; a group of writes has some hundred frames. Here they wait in memory and reach the file as a few large
// writes, at the latest when the log is synced.
//
// Loses nothing that was safe: what waits is what an operating system might not have written yet either, and SQLite makes frames visible to
// readers only after the sync that a commit ends in. So it is for handles with `synchronous = full` only.
// A write that fails is told by the next write or by the sync, as that call's error: SQLite then undoes the whole transaction.
// What waits when a transaction is undone must never be written, since another program may write those places next: a handle on this file
// system needs forget_undone_frames().
// Everything but the log goes straight to the file system below. Threads: as SQLite's own file systems; a file belongs to one handle.
// Expects SQLite's POWERSAFE_OVERWRITE (its default): without it SQLite writes a few frames behind the sync.

#include <string>

#include "engine/sqlite/handles.h"

namespace holdfast::sqlite {

// SQLite's name of it, registered on first use. `below`: the name of the file system that it stands on; empty: SQLite's own.
// StartupError when SQLite knows no file system of that name. Call it after SQLite has been configured.
std::string joined_log_file_system(const std::string& below);

// Forgets what waits whenever a transaction of this handle is undone, by whom and for what ever. Takes the handle's rollback hook.
void forget_undone_frames(sqlite3* database);

}  // namespace holdfast::sqlite
