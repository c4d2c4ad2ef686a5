#pragma once
// Opening the file: flags and settings of each kind of handle.

#include <string>

#include "engine/sqlite/engine.h"
#include "engine/sqlite/handles.h"

namespace holdfast::sqlite {

enum class Role {
  kLoop,    // reads on a loop: never waits
  kLane,    // reads in a lane: may wait for a lock
  kWriter,  // the only one that writes and the only one that checkpoints: keeps clear of the WAL-reset race (3.7.0–3.51.2)
};

// How long the writer waits for a program that is none of ours.
inline constexpr int kWriterBusyMilliseconds = 5000;

// StartupError naming the file when it cannot be opened or is not a database.
Database open_database(const Options& options, Role role);

inline constexpr const char* kRoomAdvice = "Make room there, then start again.";

// While starting: why the last failing call found no room on the disk (errno; COMMIT leaves it there only); 0: it failed otherwise.
int room_error(sqlite3* database) noexcept;

// Throws StartupError with what the last failing call means to who starts the server.
[[noreturn]] void refuse(sqlite3* database, const Options& options);

// How messages name the file.
std::string shown(const Options& options);

// Runs statements that answer nothing; SQLite's code.
int execute(sqlite3* database, const char* text) noexcept;

// The same while starting: throws StartupError with what SQLite says.
void execute_or_throw(sqlite3* database, const Options& options, const std::string& text);

}  // namespace holdfast::sqlite
