#pragma once
// semantics.md §5 as code: all collections of a catalog, and what a write makes of them. Not thread-safe.

#include <string>
#include <utility>

#include "engine/memory/collection.h"
#include "engine/store.h"

namespace holdfast::memory {

class Database {
 public:
  // Empty collections. The catalog must outlive the database.
  explicit Database(const Catalog& catalog);

  const Records& records(const Model& model) const { return collections_.at(&model).records; }
  // not_found.
  Result<Record> find(const Model& model, const Value& id) const;
  // As Store::write, whole or not at all.
  Result<Written> write(const WritePlan& plan);

 private:
  struct Kept {
    std::string fingerprint;
    Milliseconds at = 0;
    KeptAnswer answer;
  };

  Result<Written> write_once(const WritePlan& plan);
  Result<Written> create(const WritePlan& plan);
  Result<Written> upsert(const WritePlan& plan);
  Result<Written> update(const WritePlan& plan);
  Result<Written> remove(const WritePlan& plan);
  Result<void> check_references(const Model& model, const Record* before, const Record& after) const;
  Result<void> check_unique(const Model& model, const Record& record, const Record* itself) const;

  const Catalog& catalog_;
  Collections collections_;
  std::map<std::pair<const Model*, std::string>, Kept> kept_;  // "scope: collection + key"
};

}  // namespace holdfast::memory
