#include "engine/memory/page.h"

#include <algorithm>

#include "engine/memory/filter.h"
#include "engine/memory/search.h"

namespace holdfast::memory {
namespace {

// A record and where it stands.
struct Placed {
  std::string rank;  // empty without by_rank
  std::vector<Value> keys;
  const Record* record = nullptr;
};

// "Null sorts before every value in `asc`, after in `desc`; false before true."  `compare` is the order of `asc`, `desc` is its reverse.
// "The id is appended with the direction of the last key, so that every order is total": the planner has done so. Ranked search: "number
// of distinct positive terms found in the first field, then in the second, …; then the default sort; then id."
bool comes_before(const std::vector<SortKey>& sort, const Placed& a, const Placed& b) {
  if (a.rank != b.rank) return a.rank > b.rank;
  for (std::size_t i = 0; i < sort.size(); ++i) {
    const int order = compare(a.keys[i], b.keys[i]);
    if (order != 0) return sort[i].descending ? order > 0 : order < 0;
  }
  return false;
}

// What the filter and the search find.
std::vector<Placed> found(const ListPlan& plan, const Records& records) {
  std::vector<Placed> out;
  for (const auto& [id, record] : records) {
    if (!matches(*plan.model, plan.filter, record)) continue;
    const std::optional<std::string> rank = plan.search ? rank_of(*plan.model, *plan.search, record) : std::string();
    if (!rank) continue;
    Placed placed{plan.by_rank ? *rank : std::string(), {}, &record};
    for (const SortKey& key : plan.sort) placed.keys.push_back(plan.model->value_of(record, key.field));
    out.push_back(std::move(placed));
  }
  return out;
}

// "Continuations with nulls" need no rule of their own: what comes after a cursor is what the order puts after its key values.
bool comes_after_cursor(const ListPlan& plan, const Placed& placed) {
  return plan.after.empty() || comes_before(plan.sort, {plan.after_rank, plan.after, nullptr}, placed);
}

// "`fields` names top-level fields and always includes the id." What is not named is absent, save what a cursor is made of.
Record projected(const ListPlan& plan, Record record) {
  if (!plan.fields) return record;
  for (std::size_t field = 0; field < record.values.size(); ++field) {
    const bool named = std::find(plan.fields->begin(), plan.fields->end(), field) != plan.fields->end();
    const bool sorts =
        std::any_of(plan.sort.begin(), plan.sort.end(), [&](const SortKey& key) { return plan.model->holder(key.field) == field; });
    if (!named && !sorts) record.values[field] = Value();
  }
  return record;
}

}  // namespace

Listing page_of(const ListPlan& plan, const Records& records) {
  std::vector<Placed> placed = found(plan, records);
  Listing listing;
  if (plan.count_exact) listing.total = std::ssize(placed);  // "`total` is of the whole filter, also under a cursor."

  std::sort(placed.begin(), placed.end(), [&](const Placed& a, const Placed& b) { return comes_before(plan.sort, a, b); });
  std::int64_t to_skip = plan.offset;
  for (const Placed& each : placed) {
    if (!comes_after_cursor(plan, each)) continue;
    if (to_skip-- > 0) continue;
    listing.has_more = std::ssize(listing.records) == plan.limit;
    if (listing.has_more) break;
    listing.records.push_back(projected(plan, *each.record));
    listing.last_rank = each.rank;
  }
  return listing;
}

}  // namespace holdfast::memory
