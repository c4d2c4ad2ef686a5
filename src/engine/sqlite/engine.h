#pragma once
// The embedded engine: one SQLite file, a read handle per loop, lanes for slow reads, one writer thread. The room's only public header.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "engine/engine.h"
#include "model/model.h"

namespace holdfast::sqlite {

struct Options {
  std::filesystem::path file;  // made when missing, with its folder
  std::string shown_file;      // how messages name it ("data/holdfast.db"); empty: `file`
  // The end of the message when another process holds the file: what to do about it.
  std::string advice_when_held = "Stop it, or serve another folder: holdfast serve --data ./other --port 8081";
  std::size_t loops = 1;  // how many stores will be attached: the cache is divided among all handles
  std::size_t lanes = 1;  // threads for slow reads; cores / 2, at least 1
  Milliseconds query_timeout = 5000;
  Milliseconds longest_wait = 500;          // a write, list or count that would wait longer for those before it is `overloaded` at once
  std::int64_t cache_bytes = 64 << 20;      // page cache of all handles together
  std::optional<int> max_page_count;        // the file grows no further; for tests of a full disk
  std::string vfs;                          // SQLite's name of another file system; for tests of a failing one
  std::string synchronous = "full";         // of the writer; less loses what was acknowledged: for tests that must see that
  std::optional<int> pages_per_checkpoint;  // for tests that must meet checkpoints
  Milliseconds group_time = 100;            // a group of dear writes commits early: nobody is answered before it does
};

// Opens the file, takes its lock, creates missing tables, columns and indexes, starts the threads. `catalog` and `clock` must outlive the
// engine. StartupError: 69 in use by another server, not readable, not writable, not a database; 78 another schema than the models', a
// newer format.
std::unique_ptr<Engine> open(const Options& options, const Catalog& catalog, const Clock& clock);

}  // namespace holdfast::sqlite
