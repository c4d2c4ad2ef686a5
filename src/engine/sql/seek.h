#pragma once
// Where a page goes on: the records after the last one of the page before, as one range of the order or two (semantics.md §3). Pure.

#include "engine/sql/dialect.h"
#include "query/plan.h"

namespace holdfast::sql {

class Seek {
 public:
  Seek(const Dialect& dialect, const ListPlan& plan);

  // 1 or 2; every record of the first comes before every record of the second.
  std::size_t ranges() const noexcept { return split_ ? 2 : 1; }

  // The condition of one range, true for what comes after. Needs `plan.after`.
  void append_range(Statement& out, std::size_t range) const;

 private:
  void append_after(Statement& out, std::size_t key, bool nulls_too) const;
  void append_row_value(Statement& out, std::size_t key) const;
  bool is_one_direction(std::size_t from) const;

  const Field& field(std::size_t key) const { return plan_.model->field(plan_.sort[key].field); }
  bool is_last(std::size_t key) const { return key + 1 == plan_.sort.size(); }
  std::size_t add(Statement& out, std::size_t key) const { return out.add(&field(key), plan_.after[key]); }

  const Dialect& dialect_;
  const ListPlan& plan_;
  bool split_;
};

}  // namespace holdfast::sql
