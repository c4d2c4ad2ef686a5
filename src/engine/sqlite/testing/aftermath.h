#pragma once
// What a machine finds when the power returns, judged: the engine is opened on what is left, as a server would be.

#include "engine/sqlite/testing/recorded_life.h"

namespace holdfast::testing {

enum class Finding : std::uint8_t {
  kWhole,    // everything acknowledged and perhaps the group that was being committed, whole
  kLost,     // some acknowledged group and all after it are missing
  kMixed,    // what no client was ever told of
  kDamaged,  // a fault in the file itself, or between records and what is kept beside them
  kRefused   // the engine does not open, or does not write
};

struct Judgement {
  Finding finding = Finding::kWhole;
  std::string what;  // is wrong
};

// Mounts `files`, which are left of the recorded life when it is cut at the operation.
Judgement judge(CrashFileSystem& system, const sqlite::Options& options, const Catalog& catalog, Files files, const Recording& life,
                std::size_t operation);

}  // namespace holdfast::testing
