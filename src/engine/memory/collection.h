#pragma once
// semantics.md §5 as code: the records of one collection, and what a write makes of them. Not thread-safe.

#include <cstdint>
#include <vector>

#include "engine/store.h"

namespace holdfast::memory {

class Collection {
 public:
  // The model must outlive the collection.
  explicit Collection(const Model& model) : model_(model) {}

  const std::vector<Record>& records() const noexcept { return records_; }
  // not_found.
  Result<Record> find(const Value& id) const;
  // not_found, validation_failed (claims), precondition_failed, unique_violation; then nothing was changed.
  Result<Written> write(const WritePlan& plan);

 private:
  Result<Written> create(const WritePlan& plan);
  Result<Written> update(const WritePlan& plan);
  Result<Written> remove(const WritePlan& plan);
  Result<void> check_unique(const Record& record, const Record* itself) const;

  const Model& model_;
  std::vector<Record> records_;
  std::int64_t last_id_ = 0;  // of integer ids
};

}  // namespace holdfast::memory
