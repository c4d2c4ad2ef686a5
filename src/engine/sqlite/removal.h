#pragma once
// What else a removal touches (semantics.md §5, References): the records that go with it by `cascade`, those that lose a reference by
// `setNull`, and those that forbid it by `restrict`. Belongs to the writer's thread; one removal each.
//
// Cost: an index lookup for each record that goes and each reference to its collection; memory for at most kCascadeLimit ids. What forbids
// a removal is counted to the last record.

#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "engine/sqlite/rows.h"

namespace holdfast::sqlite {

class Removal {
 public:
  // Borrows all it is given.
  Removal(Rows& rows, const std::vector<Reference>& references, const Model& model, const StoredRow& removed);

  // Looks up all that is touched; changes nothing. reference_violation: something restricts it, or it reaches more than kCascadeLimit.
  Result<void> survey();

  // Removes and changes what survey() found, the record itself too.
  Result<void> apply(Milliseconds now);

 private:
  struct IdHash {
    std::size_t operator()(const Value& id) const noexcept;
  };
  using Ids = std::unordered_set<Value, IdHash>;
  struct Gone {
    const Model* model;
    Value id;
    std::int64_t row;
  };
  struct Nulled {
    const Model* model;
    Value id;
    std::vector<std::size_t> fields;
  };

  bool is_gone(const Model& model, const Value& id) const;
  Result<void> reach_level(std::size_t first, std::size_t last, const Reference& reference);
  Result<void> check_restrictions() const;
  Result<std::int64_t> count_restricting(const Reference& reference, std::span<const Reference> earlier) const;
  Result<void> find_nulled(const Reference& reference);
  void add_nulled(const Reference& reference, Value id);
  Result<void> check_limit(const Reference& reference) const;
  Result<void> set_null(const Nulled& nulled, Milliseconds now);

  Rows& rows_;
  const std::vector<Reference>& references_;
  std::vector<Gone> gone_;  // the record itself, then in the order in which they were reached
  std::unordered_map<const Model*, Ids> gone_ids_;
  std::vector<Nulled> nulled_;
  std::unordered_map<const Model*, std::unordered_map<Value, std::size_t, IdHash>> nulled_places_;
  std::int64_t reached_ = 0;  // others than the record itself; beyond the limit they are only counted
};

}  // namespace holdfast::sqlite
