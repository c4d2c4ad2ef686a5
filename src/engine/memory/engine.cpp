#include "engine/memory/engine.h"

#include <map>
#include <mutex>

#include "engine/memory/collection.h"
#include "engine/memory/page.h"

namespace holdfast::memory {
namespace {

// All collections under one lock: whatever the loops ask at once happens in some order, each thing whole.
struct Database {
  std::mutex mutex;
  std::map<const Model*, Collection> collections;
};

class MemoryStore final : public Store {
 public:
  explicit MemoryStore(Database& database) : database_(database) {}

  awaitable<Result<Record>> find(const FindPlan& plan) override {
    const std::lock_guard lock(database_.mutex);
    co_return collection(plan.model).find(plan.id);
  }

  awaitable<Result<Listing>> list(const ListPlan& plan) override {
    const std::lock_guard lock(database_.mutex);
    co_return page_of(plan, collection(plan.model).records());
  }

  awaitable<Result<std::int64_t>> count(const CountPlan& plan) override {
    ListPlan all;
    all.model = plan.model;
    all.filter = plan.filter;
    all.count_exact = true;
    const std::lock_guard lock(database_.mutex);
    co_return page_of(all, collection(plan.model).records()).total.value();
  }

  awaitable<Result<Written>> write(WritePlan plan) override {
    const std::lock_guard lock(database_.mutex);
    co_return collection(plan.model).write(plan);
  }

 private:
  Collection& collection(const Model* model) { return database_.collections.at(model); }

  Database& database_;
};

class MemoryEngine final : public Engine {
 public:
  explicit MemoryEngine(const Catalog& catalog) {
    for (const Model& model : catalog.models()) database_.collections.emplace(&model, model);
  }

  std::string_view name() const noexcept override { return "memory"; }
  std::unique_ptr<Store> attach(asio::io_context&) override { return std::make_unique<MemoryStore>(database_); }
  const SecretKey& cursor_key() const noexcept override { return cursor_key_; }
  void announce(std::string_view) override {}
  Health health() const override { return {}; }
  Reindexed reindex(const Model&, const std::function<void(std::int64_t, std::int64_t)>&) override { return {}; }  // keeps no search data
  void close() override {}

 private:
  Database database_;
  const SecretKey cursor_key_ = random_key();
};

}  // namespace

std::unique_ptr<Engine> open(const Catalog& catalog) {
  return std::make_unique<MemoryEngine>(catalog);
}

}  // namespace holdfast::memory
