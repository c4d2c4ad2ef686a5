#pragma once
// The order of a list and where a page goes on (semantics.md §3). Pure.
//
// MongoDB sorts null and what is missing before every value, as we do. Any field but the id may be missing: others write as they like.

#include "engine/mongo/handles.h"
#include "query/plan.h"

namespace holdfast::mongo {

// Appends the keys of the plan: `{price: -1, _id: -1}`.
void append_sort(bson_t& sort, const ListPlan& plan);

// Decimals stand in the order of the stored numbers, and others may write several that read alike: 0.3 and 0.30000000000000004. Those of
// the record that are not as we write them, by the place of their key, as BSON; empty: there are none. That is Listing::last_place.
std::string place_of(const Model& model, const std::vector<SortKey>& sort, const bson_t& document, const Record& record);

// A page after a record is one range of the order or two: a continuation from or towards null is no single range of an index. Every record
// of the first comes before every record of the second. Needs `plan.after`.
std::size_t ranges_after(const ListPlan& plan);
// Append members to a query: true for what comes after, in one range or in all of them.
void append_range_after(bson_t& query, const ListPlan& plan, std::size_t range);
void append_after(bson_t& query, const ListPlan& plan);

}  // namespace holdfast::mongo
