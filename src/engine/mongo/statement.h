#pragma once
// Lists and counts as commands of MongoDB: the only place, with what it is made of (filter, order, search), where queries about records are
// written. Pure; golden tests beside it.

#include <optional>
#include <span>
#include <vector>

#include "engine/mongo/handles.h"
#include "query/plan.h"

namespace holdfast::mongo {

// Owns what it needs, so that a lane can run it.
struct Find {
  Document filter;
  Document options;  // as mongoc_collection_find_with_opts takes them; without limit and time
};

struct Query {
  const Model* model = nullptr;
  // The page, as one find or two, to be read in order until `limit` + 1 documents are there; or as a pipeline when it is by rank, which
  // answers as many at most; neither: only the total is wanted.
  std::vector<Find> ranges;
  std::optional<Document> ranked;     // {pipeline: […]}
  std::optional<Document> total;      // {pipeline: […]}, which answers {n: …}, or nothing for 0
  std::vector<std::size_t> ordinals;  // what the page fetches
  std::vector<SortKey> sort;
  std::int64_t limit = 0;
};

Query make_query(const ListPlan& plan);
Query make_query(const CountPlan& plan);

// {_id: {$in: […]}}
Document ids_filter(const Model& model, std::span<const Value* const> ids);
// Whole records, without what only searches need; appends nothing when there is no such thing.
void append_whole_projection(bson_t& projection, const Model& model);

}  // namespace holdfast::mongo
