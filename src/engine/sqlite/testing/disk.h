#pragma once
// A disk as SQLite sees it, and what a machine finds on it when the power returns. Pure: the same operations and chance give the same
// files.
//
// What was synced is there. Of what was not: a write is there, not there, or there in some of its sectors of 512 bytes, whatever came
// later; a file may have grown without its bytes; a truncated one may be long again; one that was removed may be back; one that was made
// may be missing, with all its synced bytes, until its folder was synced. Bytes that no write named never change (SQLite counts on it:
// SQLITE_IOCAP_POWERSAFE_OVERWRITE).

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/testing/random.h"

namespace holdfast::testing {

using Files = std::map<std::string, std::string>;  // bytes by name; all in one folder

struct Operation {
  enum class Kind : std::uint8_t {
    kCreate,
    kUnlink,
    kWrite,
    kTruncate,
    kSync,
    kFailedSync,  // the kernel takes the pages for clean: later syncs pass them over, later reads still see them (Rebello et al., ATC '20)
    kSyncFolder
  };

  Kind kind = Kind::kSync;
  std::size_t file = 0;      // counted from 0: those that were there at first, by name, then each that was made
  std::string name;          // kCreate, kUnlink
  std::uint64_t offset = 0;  // kWrite; kTruncate: the new size
  std::string bytes;         // kWrite
};

class Disk {
 public:
  explicit Disk(const Files& files);

  // The operation must outlive the disk: it is remembered until a sync.
  void apply(const Operation& operation);

  // Something was written to the file of this name since it was last synced.
  bool has_unsynced(const std::string& name) const;

  // Nothing of what was not synced.
  Files synced() const;
  // Every call makes another choice.
  Files after_power_cut(Random& random) const;
  // How after_power_cut() chose, given the same chance; for messages.
  static std::string fate(Random random);

 private:
  struct File {
    std::string synced;
    std::vector<const Operation*> unsynced;  // writes and truncations
  };

  std::vector<File> files_;
  std::map<std::string, std::vector<std::ptrdiff_t>> names_;  // the file that each stands for; -1: none. Synced first, then each change
};

}  // namespace holdfast::testing
