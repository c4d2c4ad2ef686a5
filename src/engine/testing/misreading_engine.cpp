#include "engine/testing/misreading_engine.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "engine/memory/engine.h"
#include "engine/testing/forwarding_engine.h"
#include "model/record_json.h"

namespace holdfast::testing {
namespace {

constexpr std::int64_t kAll = 1'000'000;

Filter without_nulls(const Filter& filter) {
  if (filter.kind == Filter::Kind::kCondition) {
    if (filter.condition.op != Operator::kNe) return filter;
    std::vector<Filter> both;
    both.push_back(filter);
    both.push_back(Filter::on({filter.condition.field, Operator::kNull, {Value(false)}}));
    return Filter::all(std::move(both));
  }
  Filter copy = filter;
  for (Filter& child : copy.children) child = without_nulls(child);
  return copy;
}

// The members that a patch leaves out, as if it had said null.
Value without_gaps(const Value& value) {
  const auto* members = std::get_if<Value::Array>(&value.alternatives());
  if (members == nullptr) return value.is_absent() ? Value(Null{}) : value;
  Value::Array whole;
  for (const Value& member : *members) whole.push_back(without_gaps(member));
  return Value(std::move(whole));
}

bool comes_before(const ListPlan& plan, const Record& a, const Record& b) {
  for (const SortKey& key : plan.sort) {
    const int order = compare(plan.model->value_of(a, key.field), plan.model->value_of(b, key.field));
    if (order != 0) return key.descending ? order > 0 : order < 0;
  }
  return false;
}

class MisreadingStore final : public Store {
 public:
  MisreadingStore(std::unique_ptr<Store> store, const Catalog& catalog, Misreading misreading)
      : store_(std::move(store)), catalog_(catalog), misreading_(misreading) {}

  awaitable<Result<Record>> find(const FindPlan& plan) override {
    Result<Record> record = co_await store_->find(plan);
    if (record) forget(*plan.model, *record);
    co_return record;
  }

  awaitable<Result<Listing>> list(const ListPlan& plan) override {
    ListPlan misread = plan;
    if (misreading_ == Misreading::kNullIsUnequalToNothing) misread.filter = without_nulls(plan.filter);
    Result<Listing> listing = co_await store_->list(misread);
    if (listing.has_error()) co_return listing;
    if (misreading_ == Misreading::kNullsLast) {
      const std::size_t field = plan.sort.front().field;
      std::stable_partition(listing->records.begin(), listing->records.end(), [&](const Record& record) {
        return plan.model->value_of(record, field).is_null() == plan.sort.front().descending;
      });
    }
    if (misreading_ == Misreading::kRankForgetsFields && plan.by_rank) co_await sort_by_sum(misread, *listing);
    for (Record& record : listing->records) forget(*plan.model, record);
    co_return listing;
  }

  awaitable<Result<std::int64_t>> count(const CountPlan& plan) override {
    CountPlan misread = plan;
    if (misreading_ == Misreading::kNullIsUnequalToNothing) misread.filter = without_nulls(plan.filter);
    co_return co_await store_->count(misread);
  }

  awaitable<Result<Written>> write(WritePlan plan) override {
    if (misreading_ == Misreading::kNullConflicts) {
      for (const UniqueKey& key : plan.model->unique_keys) {
        for (const std::size_t field : key.fields) {
          if (plan.values.size() > field && plan.values[field].is_null()) co_return Error(Code::kUniqueViolation);
        }
      }
    }
    if (misreading_ == Misreading::kUpsertReplacesObjects && plan.upsert) {
      for (Value& value : plan.upsert->values) {
        if (std::holds_alternative<Value::Array>(value.alternatives())) value = without_gaps(value);
      }
    }
    const bool watches = misreading_ == Misreading::kSetNullKeepsRevision && plan.kind == WritePlan::Kind::kRemove;
    Revisions before;
    if (watches) before = co_await revisions();
    Result<Written> written = co_await store_->write(std::move(plan));
    if (!watches) co_return written;
    const Revisions after = co_await revisions();
    for (const auto& [name, revision] : after) forgotten_[name] += revision - before[name];
    co_return written;
  }

 private:
  using Revisions = std::map<std::pair<const Model*, std::string>, std::int64_t>;  // by id as JSON

  static std::pair<const Model*, std::string> name_of(const Model& model, const Record& record) {
    std::string id;
    append_json_value(id, model.fields[0], record.values[0]);
    return {&model, std::move(id)};
  }

  void forget(const Model& model, Record& record) const {
    const auto forgotten = forgotten_.find(name_of(model, record));
    if (forgotten != forgotten_.end()) record.revision -= forgotten->second;
  }

  awaitable<Revisions> revisions() {
    Revisions out;
    for (const Model& model : catalog_.models()) {
      ListPlan plan;
      plan.model = &model;
      plan.sort = {{0, false}};
      plan.limit = kAll;
      const Result<Listing> all = co_await store_->list(plan);
      for (const Record& record : all->records) out[name_of(model, record)] = record.revision;
    }
    co_return out;
  }

  // Asks for each record of the page alone, for its rank; then sorts as if all searched fields were one.
  awaitable<void> sort_by_sum(ListPlan plan, Listing& listing) {
    std::vector<std::pair<int, Record>> ranked;
    plan.limit = 1;
    for (const Record& record : listing.records) {
      const Result<Listing> one = co_await store_->list(plan);
      ranked.emplace_back(std::accumulate(one->last_rank.begin(), one->last_rank.end(), 0), record);
      ++plan.offset;
    }
    std::stable_sort(ranked.begin(), ranked.end(), [&](const auto& a, const auto& b) {
      return a.first != b.first ? a.first > b.first : comes_before(plan, a.second, b.second);
    });
    for (std::size_t i = 0; i < ranked.size(); ++i) listing.records[i] = std::move(ranked[i].second);
  }

  std::unique_ptr<Store> store_;
  const Catalog& catalog_;
  Misreading misreading_;
  Revisions forgotten_;
};

class MisreadingEngine final : public ForwardingEngine {
 public:
  MisreadingEngine(const Catalog& catalog, Misreading misreading)
      : ForwardingEngine(memory::open(catalog)), catalog_(catalog), misreading_(misreading) {}

  std::string_view name() const noexcept override { return "misreading"; }
  std::unique_ptr<Store> attach(asio::io_context& loop) override {
    return std::make_unique<MisreadingStore>(ForwardingEngine::attach(loop), catalog_, misreading_);
  }

 private:
  const Catalog& catalog_;
  Misreading misreading_;
};

}  // namespace

std::unique_ptr<Engine> open_misreading(const Catalog& catalog, Misreading misreading) {
  return std::make_unique<MisreadingEngine>(catalog, misreading);
}

}  // namespace holdfast::testing
