#include "engine/sql/seek.h"

namespace holdfast::sql {

// Ascending, nulls come first: a page that ended on null goes on among the nulls, then with all others.
// Descending, nulls come last: a page that ended on a value goes on below it, then with the nulls.
Seek::Seek(const Dialect& dialect, const ListPlan& plan)
    : dialect_(dialect), plan_(plan), split_(field(0).admits_null && plan.after[0].is_null() != plan.sort[0].descending) {}

void Seek::append_range(Statement& out, std::size_t range) const {
  const bool after_null = plan_.after[0].is_null();
  if (range == 1) {
    if (after_null) return dialect_.append_present(out.text, field(0));
    append_identifier(out.text, field(0).column);
    out.text.append(" is null");
    return;
  }
  if (!after_null) return append_after(out, 0, false);
  append_identifier(out.text, field(0).column);
  out.text.append(" is null");
  if (!is_last(0)) {
    out.text.append(" and ");
    append_after(out, 1, true);
  }
}

// What comes after in the keys from `key` on. `nulls_too`: also those whose key is null, when that is where nulls stand.
// The keys behind it are written first: with them last, SQLite's parser could hold no more than 15 keys.
void Seek::append_after(Statement& out, std::size_t key, bool nulls_too) const {
  const bool descending = plan_.sort[key].descending;
  const bool nullable = field(key).admits_null;
  const std::string column = identifier(field(key).column);
  if (plan_.after[key].is_null()) {
    out.text.push_back('(');
    append_after(out, key + 1, true);
    out.text.append(" and " + column + " is null");
    if (!descending) out.text.append(" or " + column + " is not null");
    out.text.push_back(')');
    return;
  }
  const bool nulls_follow = nulls_too && nullable && descending;
  if (is_one_direction(key) && !nulls_follow) return append_row_value(out, key);

  const std::size_t number = add(out, key);
  const auto compare = [&](std::string_view op) {
    out.text.append(column).append(op);
    dialect_.append_placeholder(out.text, number);
  };
  const bool begins_range = key == 0 || (key == 1 && plan_.after[0].is_null());
  if (begins_range && !nulls_follow) {  // says nothing new, but lets an index start there
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
    if (key != from && plan_.sort[key].descending && field(key).admits_null) return false;
  }
  return true;
}

void Seek::append_row_value(Statement& out, std::size_t key) const {
  const bool several = !is_last(key);
  if (several) out.text.push_back('(');
  for (std::size_t i = key; i < plan_.sort.size(); ++i) {
    if (i != key) out.text.append(", ");
    append_identifier(out.text, field(i).column);
  }
  out.text.append(several ? ") " : " ");
  out.text.append(plan_.sort[key].descending ? "<" : ">");
  out.text.append(several ? " (" : " ");
  for (std::size_t i = key; i < plan_.sort.size(); ++i) {
    if (i != key) out.text.append(", ");
    dialect_.append_placeholder(out.text, add(out, i));
  }
  if (several) out.text.push_back(')');
}

}  // namespace holdfast::sql
