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
  // The conditions of all ranges as one.
  void append(Statement& out) const;
  // The first key is null throughout the range: it need not be sorted by.
  bool is_null_range(std::size_t range) const noexcept { return plan_.after[0].is_null() == (range == 0); }

 private:
  void append_after(Statement& out, std::size_t key, bool nulls_too) const;
  void append_row_value(Statement& out, std::size_t key) const;
  bool is_one_direction(std::size_t from) const;

  std::string field(std::size_t key) const { return dialect_.field_text(*plan_.model, plan_.sort[key].field); }
  bool is_nullable(std::size_t key) const { return may_be_null(*plan_.model, plan_.sort[key].field); }
  bool is_nested(std::size_t key) const { return plan_.sort[key].field >= plan_.model->fields.size(); }
  bool is_last(std::size_t key) const { return key + 1 == plan_.sort.size(); }
  std::string add(Statement& out, std::size_t key) const {
    return dialect_.add_operand(out, *plan_.model, plan_.sort[key].field, plan_.after[key]);
  }
  // Ranges of an index start at a condition on the first key that is not fixed.
  bool begins_range(std::size_t key) const { return key == 0 || (key == 1 && plan_.after[0].is_null()); }

  const Dialect& dialect_;
  const ListPlan& plan_;
  bool split_;
};

}  // namespace holdfast::sql
