#pragma once
// A file system in memory, registered with SQLite under a name, that remembers every operation in order: given to a Disk (disk.h), any
// beginning of them is a power cut. Serves what the engine needs (main file, log, journal, shared memory on the heap) and promises what
// SQLite's own `unix` does: sectors of 4,096 bytes, SQLITE_IOCAP_POWERSAFE_OVERWRITE, the folder synced where `unix` syncs it. No mapping.
//
// Threads: any; one mutex. Every file must be closed before mount() and the end.

#include <cstddef>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "engine/sqlite/testing/disk.h"

namespace holdfast::testing {

class CrashFileSystem {
 public:
  enum class Gate : std::uint8_t { kWrite, kCheckpoint };
  static constexpr std::size_t kNever = std::numeric_limits<std::size_t>::max();

  // SQLite must be initialized: some database was opened before.
  explicit CrashFileSystem(std::string name);
  ~CrashFileSystem();
  CrashFileSystem(const CrashFileSystem&) = delete;
  CrashFileSystem& operator=(const CrashFileSystem&) = delete;

  const std::string& name() const noexcept { return name_; }

  // Holds these files from now on, all of them synced, and remembers no operation. Faults are forgotten.
  void mount(Files files);
  std::size_t operations() const;
  std::vector<Operation> log() const;

  // The power goes when so many operations have been done: from then on every call fails.
  void cut_at(std::size_t operation);
  // The first sync of a file from this operation on fails, once.
  void fail_sync_at(std::size_t operation);

  // A closed gate holds who wants to write (begin), or to checkpoint, before it does anything.
  void close_gate(Gate gate);
  void open_gate(Gate gate);
  bool holds_at(Gate gate) const;

  struct State;  // what its files share

 private:
  struct Registration;

  std::string name_;
  std::unique_ptr<State> state_;
  std::unique_ptr<Registration> registration_;
};

}  // namespace holdfast::testing
