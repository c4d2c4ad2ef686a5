#include "engine/memory/page.h"

#include <algorithm>

#include "engine/memory/filter.h"

namespace holdfast::memory {
namespace {

std::vector<Value> sort_values(const std::vector<SortKey>& sort, const Record& record) {
  std::vector<Value> values;
  for (const SortKey& key : sort) values.push_back(record.values[key.field]);
  return values;
}

// "Null sorts before every value in `asc`, after in `desc`; false before true."  `compare` is the order of `asc`, `desc` is its reverse.
// "The id is appended with the direction of the last key, so that every order is total": the planner has done so.
bool comes_before(const std::vector<SortKey>& sort, const std::vector<Value>& a, const std::vector<Value>& b) {
  for (std::size_t i = 0; i < sort.size(); ++i) {
    const int order = compare(a[i], b[i]);
    if (order != 0) return sort[i].descending ? order > 0 : order < 0;
  }
  return false;
}

// "Continuations with nulls" need no rule of their own: what comes after a cursor is what the order puts after its key values.
bool comes_after_cursor(const ListPlan& plan, const Record& record) {
  return plan.after.empty() || comes_before(plan.sort, plan.after, sort_values(plan.sort, record));
}

// "`fields` names top-level fields and always includes the id." What is not named is absent, save what a cursor is made of.
void project(const ListPlan& plan, Record& record) {
  if (!plan.fields) return;
  for (std::size_t field = 0; field < record.values.size(); ++field) {
    const bool named = std::find(plan.fields->begin(), plan.fields->end(), field) != plan.fields->end();
    const bool sorts = std::any_of(plan.sort.begin(), plan.sort.end(), [&](const SortKey& key) { return key.field == field; });
    if (!named && !sorts) record.values[field] = Value();
  }
}

}  // namespace

Listing page_of(const ListPlan& plan, const std::vector<Record>& records) {
  std::vector<Record> matching;
  for (const Record& record : records) {
    if (matches(plan.filter, record)) matching.push_back(record);
  }
  Listing listing;
  if (plan.count_exact) listing.total = std::ssize(matching);  // "`total` is of the whole filter, also under a cursor."

  std::sort(matching.begin(), matching.end(), [&](const Record& a, const Record& b) {
    return comes_before(plan.sort, sort_values(plan.sort, a), sort_values(plan.sort, b));
  });
  std::int64_t to_skip = plan.offset;
  for (Record& record : matching) {
    if (!comes_after_cursor(plan, record)) continue;
    if (to_skip-- > 0) continue;
    listing.has_more = std::ssize(listing.records) == plan.limit;
    if (listing.has_more) break;
    project(plan, record);
    listing.records.push_back(std::move(record));
  }
  return listing;
}

}  // namespace holdfast::memory
