#include "engine/testing/misreading_engine.h"

#include <algorithm>

#include "engine/memory/engine.h"

namespace holdfast::testing {
namespace {

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

class MisreadingStore final : public Store {
 public:
  MisreadingStore(std::unique_ptr<Store> store, Misreading misreading) : store_(std::move(store)), misreading_(misreading) {}

  awaitable<Result<Record>> find(const FindPlan& plan) override { return store_->find(plan); }

  awaitable<Result<Listing>> list(const ListPlan& plan) override {
    ListPlan misread = plan;
    if (misreading_ == Misreading::kNullIsUnequalToNothing) misread.filter = without_nulls(plan.filter);
    Result<Listing> listing = co_await store_->list(misread);
    if (listing.has_value() && misreading_ == Misreading::kNullsLast) {
      const std::size_t field = plan.sort.front().field;
      std::stable_partition(listing->records.begin(), listing->records.end(),
                            [&](const Record& record) { return record.values[field].is_null() == plan.sort.front().descending; });
    }
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
    co_return co_await store_->write(std::move(plan));
  }

 private:
  std::unique_ptr<Store> store_;
  Misreading misreading_;
};

class MisreadingEngine final : public Engine {
 public:
  MisreadingEngine(const Catalog& catalog, Misreading misreading) : engine_(memory::open(catalog)), misreading_(misreading) {}

  std::string_view name() const noexcept override { return "misreading"; }
  std::unique_ptr<Store> attach(asio::io_context& loop) override {
    return std::make_unique<MisreadingStore>(engine_->attach(loop), misreading_);
  }
  const SecretKey& cursor_key() const noexcept override { return engine_->cursor_key(); }
  void announce(std::string_view address) override { engine_->announce(address); }
  Health health() const override { return engine_->health(); }
  Reindexed reindex(const Model& model, const std::function<void(std::int64_t, std::int64_t)>& progress) override {
    return engine_->reindex(model, progress);
  }
  void close() override { engine_->close(); }

 private:
  std::unique_ptr<Engine> engine_;
  Misreading misreading_;
};

}  // namespace

std::unique_ptr<Engine> open_misreading(const Catalog& catalog, Misreading misreading) {
  return std::make_unique<MisreadingEngine>(catalog, misreading);
}

}  // namespace holdfast::testing
