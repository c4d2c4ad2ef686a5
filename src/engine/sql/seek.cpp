#include "engine/sql/seek.h"

#include <fmt/format.h>

namespace holdfast::sql {

// Ascending, nulls come first: a page that ended on null goes on among the nulls, then with all others.
// Descending, nulls come last: a page that ended on a value goes on below it, then with the nulls.
Seek::Seek(const Dialect& dialect, const ListPlan& plan)
    : dialect_(dialect), plan_(plan), split_(is_nullable(0) && plan.after[0].is_null() != plan.sort[0].descending) {}

void Seek::append_range(Statement& out, std::size_t range) const {
  const bool after_null = plan_.after[0].is_null();
  if (range == 1) {
    if (after_null) return dialect_.append_present(out.text, *plan_.model, plan_.sort[0].field);
    out.text.append(field(0) + " is null");
    return;
  }
  if (!after_null) return append_after(out, 0, false);
  out.text.append(field(0) + " is null");
  if (!is_last(0)) {
    out.text.append(" and ");
    append_after(out, 1, true);
  }
}

void Seek::append(Statement& out) const {
  if (split_) out.text.push_back('(');
  append_range(out, 0);
  if (!split_) return;
  out.text.append(" or ");
  append_range(out, 1);
  out.text.push_back(')');
}

// What comes after in the keys from `key` on. `nulls_too`: also those whose key is null, when that is where nulls stand.
// The keys behind it are written first: with them last, SQLite's parser could hold no more than 15 keys.
void Seek::append_after(Statement& out, std::size_t key, bool nulls_too) const {
  const bool descending = plan_.sort[key].descending;
  const std::string column = field(key);
  if (plan_.after[key].is_null()) {
    out.text.push_back('(');
    append_after(out, key + 1, true);
    out.text.append(" and " + column + " is null");
    if (!descending) out.text.append(" or " + column + " is not null");
    out.text.push_back(')');
    return;
  }
  const bool nulls_follow = nulls_too && is_nullable(key) && descending;
  if (is_one_direction(key) && !nulls_follow) return append_row_value(out, key);

  const std::string operand = add(out, key);
  const auto compare = [&](std::string_view op) { out.text.append(column).append(op).append(operand); };
  if (begins_range(key) && !nulls_follow) {  // says nothing new, but lets an index start there
    compare(descending ? " <= " : " >= ");
    out.text.append(" and ");
  }
  out.text.push_back('(');
  if (!is_last(key)) {
    append_after(out, key + 1, true);
    out.text.append(" and ");
    compare(" = ");
    out.text.append(" or ");
  }
  compare(descending ? " < " : " > ");
  if (nulls_follow) out.text.append(" or " + column + " is null");
  out.text.push_back(')');
}

// Row values compare lexically and are one range of an index; a null in them excludes the row, which must be right for every later key.
bool Seek::is_one_direction(std::size_t from) const {
  for (std::size_t key = from; key < plan_.sort.size(); ++key) {
    if (plan_.sort[key].descending != plan_.sort[from].descending || plan_.after[key].is_null()) return false;
    if (key != from && plan_.sort[key].descending && is_nullable(key)) return false;
  }
  return true;
}

void Seek::append_row_value(Statement& out, std::size_t key) const {
  const bool several = !is_last(key);
  const std::string_view comparison = plan_.sort[key].descending ? "<" : ">";
  const std::string first = add(out, key);
  if (several && is_nested(key) && begins_range(key)) {  // SQLite's index on an expression knows no row values
    out.text.append(fmt::format("{} {}= {} and ", field(key), comparison, first));
  }
  if (!several) {
    out.text.append(fmt::format("{} {} {}", field(key), comparison, first));
    return;
  }
  std::string fields = field(key);
  std::string operands = first;
  for (std::size_t i = key + 1; i < plan_.sort.size(); ++i) {
    fields.append(", ").append(field(i));
    operands.append(", ").append(add(out, i));
  }
  out.text.append(fmt::format("({}) {} ({})", fields, comparison, operands));
}

}  // namespace holdfast::sql
