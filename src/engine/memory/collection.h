#pragma once
// The records of one collection, as plain as they can be: every rule looks at all of them, save where one is asked for by its id.

#include <map>

#include "model/model.h"

namespace holdfast::memory {

struct InOrder {
  bool operator()(const Value& a, const Value& b) const { return compare(a, b) < 0; }
};

using Records = std::map<Value, Record, InOrder>;  // by id

struct Collection {
  Records records;
  std::int64_t last_id = 0;  // of integer ids: never given again
};

using Collections = std::map<const Model*, Collection>;  // of every model of a catalog

// Null when there is none.
inline const Record* find_record(const Records& records, const Value& id) {
  const auto found = records.find(id);
  return found == records.end() ? nullptr : &found->second;
}

}  // namespace holdfast::memory
