#pragma once
// What a look from outside finds about a database, in one form for all engines: for `doctor`, which must work when open() fails. Values
// only; each engine fills them in its inspection.cpp and scan.cpp, in blocking code.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "model/model.h"

namespace holdfast {

enum class FindingStatus : std::uint8_t { kOk, kWarning, kError };

struct Finding {
  std::string name;  // of what was looked at: configuration database rights clock …
  FindingStatus status = FindingStatus::kOk;
  std::string message;  // a sentence: what there is, or what is wrong; never a password
  std::string advice;   // what to do; may be empty when it is ok
};

struct Inspection {
  std::vector<Finding> findings;
  bool unreachable = false;  // no server answers, or it does not let us in
  std::string owner;         // who serves an embedded file: "pid 4121, started 14:02, 127.0.0.1:8080"; empty: nobody
};

// A scan lists this many of each kind and counts the rest.
inline constexpr std::size_t kListedLimit = 100;

// A stored value that would be answered by stored_value_invalid.
struct Misfit {
  std::string id;  // as stored
  std::string field;
};

struct ScannedCollection {
  const Model* model = nullptr;
  std::int64_t records = 0;
  std::int64_t misfits = 0;
  std::vector<Misfit> listed;      // the first kListedLimit of them
  std::int64_t stale_search = 0;   // records whose search data is missing or made of other values
  std::int64_t orphan_search = 0;  // search data of records that are gone
  std::int64_t stale_keys = 0;     // MongoDB: records whose compound unique keys are missing or made of other values

  bool is_sound() const noexcept { return misfits == 0 && stale_search == 0 && orphan_search == 0 && stale_keys == 0; }
};

// A record that refers to one that is not there.
struct Dangler {
  std::string id, target;
};

struct DanglingReference {
  Reference reference;
  std::int64_t count = 0;
  std::vector<Dangler> listed;  // the first kListedLimit of them
};

// Called now and then with records looked at and records in all.
using ScanProgress = std::function<void(const Model& model, std::int64_t done, std::int64_t of)>;

}  // namespace holdfast
