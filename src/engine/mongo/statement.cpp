#include "engine/mongo/statement.h"

#include "engine/mongo/codec.h"
#include "engine/mongo/document.h"
#include "engine/mongo/filter.h"
#include "engine/mongo/order.h"
#include "engine/mongo/search.h"
#include "engine/selection.h"

namespace holdfast::mongo {
namespace {

// The conditions of a plan, which are all to hold: none makes `{}`, one stands for itself.
class Conditions {
 public:
  explicit Conditions(const Model& model, const Filter& filter, const std::optional<SearchQuery>& search) {
    if (search) append_found(add(), model, *search);
    if (!filter.is_always_true()) append_filter(add(), model, filter);
  }

  bson_t& add() { return *conditions_.emplace_back().get(); }

  Document joined() && {
    if (conditions_.empty()) return Document();
    if (conditions_.size() == 1) return std::move(conditions_.front());
    Document query;
    NestedArray all(*query.get(), "$and");
    for (const Document& condition : conditions_) append_document(all.get(), all.next_key(), *condition.get());
    return query;
  }

 private:
  std::vector<Document> conditions_;
};

void append_projection(bson_t& projection, const ListPlan& plan) {
  if (!plan.fields) return append_whole_projection(projection, *plan.model);
  append_int32(projection, kRevisionPath, 1);
  if (plan.by_rank) append_int32(projection, kRankName, 1);
  for (const std::size_t ordinal : selected_ordinals(plan)) append_int32(projection, stored_name(plan.model->fields[ordinal]), 1);
}

Find find_of(const ListPlan& plan, std::optional<std::size_t> range) {
  Conditions conditions(*plan.model, plan.filter, plan.search);
  if (range) append_range_after(conditions.add(), plan, *range);
  Find find;
  find.filter = std::move(conditions).joined();
  bson_t& options = *find.options.get();
  {
    Nested sort(options, "sort");
    append_sort(sort, plan);
  }
  if (plan.fields || plan.model->search) {
    Nested projection(options, "projection");
    append_projection(projection, plan);
  }
  if (plan.offset != 0) append_int64(options, "skip", plan.offset);
  append_bool(options, "allowDiskUse", true);
  return find;
}

// Stages of a pipeline, one after the other.
class Pipeline {
 public:
  Pipeline() : stages_(std::make_unique<NestedArray>(*document_.get(), "pipeline")) {}

  template <typename Append>
  void add(std::string_view stage, const Append& append) {
    Nested member(stages_->get(), stages_->next_key());
    Nested body(member, stage);
    append(body.get());
  }
  void add_number(std::string_view stage, std::int64_t number) {
    Nested member(stages_->get(), stages_->next_key());
    append_int64(member, stage, number);
  }
  void add_document(std::string_view stage, const Document& document) {
    Nested member(stages_->get(), stages_->next_key());
    append_document(member, stage, *document.get());
  }

  Document close() && {
    stages_.reset();
    return std::move(document_);
  }

 private:
  Document document_;
  std::unique_ptr<NestedArray> stages_;
};

// Behind the record that the page before ended with.
void append_after_rank(bson_t& query, const ListPlan& plan) {
  const std::string rank = rank_text(plan.after_rank);
  NestedArray any(query, "$or");
  {
    Nested worse(any.get(), any.next_key());
    Nested operators(worse, kRankName);
    append_text(operators, "$lt", rank);
  }
  Nested same(any.get(), any.next_key());
  append_text(same, kRankName, rank);
  append_after(same, plan);
}

// Search data is left behind before the sort, which would carry it along.
Document ranked_pipeline(const ListPlan& plan) {
  Pipeline pipeline;
  pipeline.add_document("$match", Conditions(*plan.model, plan.filter, plan.search).joined());
  pipeline.add("$addFields", [&](bson_t& fields) { append_rank_expression(fields, kRankName, *plan.model, *plan.search); });
  if (!plan.after.empty()) pipeline.add("$match", [&](bson_t& query) { append_after_rank(query, plan); });
  pipeline.add("$project", [&](bson_t& projection) { append_projection(projection, plan); });
  pipeline.add("$sort", [&](bson_t& sort) {
    append_int32(sort, kRankName, -1);
    append_sort(sort, plan);
  });
  if (plan.offset != 0) pipeline.add_number("$skip", plan.offset);
  pipeline.add_number("$limit", plan.limit + 1);
  return std::move(pipeline).close();
}

Document count_pipeline(const Model& model, const Filter& filter, const std::optional<SearchQuery>& search) {
  Pipeline pipeline;
  pipeline.add_document("$match", Conditions(model, filter, search).joined());
  pipeline.add("$group", [](bson_t& group) {
    append_null(group, kIdName);
    Nested count(group, "n");
    append_int32(count, "$sum", 1);
  });
  return std::move(pipeline).close();
}

}  // namespace

Query make_query(const ListPlan& plan) {
  Query query;
  query.model = plan.model;
  query.ordinals = selected_ordinals(plan);
  query.sort = plan.sort;
  query.limit = plan.limit;
  if (plan.by_rank) {
    query.ranked = ranked_pipeline(plan);
  } else if (plan.after.empty()) {
    query.ranges.push_back(find_of(plan, std::nullopt));
  } else {
    for (std::size_t range = 0; range < ranges_after(plan); ++range) query.ranges.push_back(find_of(plan, range));
  }
  if (plan.count_exact) query.total = count_pipeline(*plan.model, plan.filter, plan.search);
  return query;
}

Query make_query(const CountPlan& plan) {
  Query query;
  query.model = plan.model;
  query.total = count_pipeline(*plan.model, plan.filter, std::nullopt);
  return query;
}

Document ids_filter(const Model& model, std::span<const Value* const> ids) {
  Document filter;
  Nested operators(*filter.get(), kIdName);
  NestedArray list(operators, "$in");
  for (const Value* id : ids) append_id(list.get(), list.next_key(), model, *id);
  return filter;
}

void append_whole_projection(bson_t& projection, const Model& model) {
  if (model.search) append_int32(projection, kSearchPath, 0);
}

}  // namespace holdfast::mongo
