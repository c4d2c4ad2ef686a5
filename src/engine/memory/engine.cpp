#include "engine/memory/engine.h"

#include <mutex>

#include "engine/memory/database.h"
#include "engine/memory/page.h"

namespace holdfast::memory {
namespace {

// Whatever the loops ask at once happens in some order, each thing whole.
struct Shared {
  explicit Shared(const Catalog& catalog) : database(catalog) {}

  std::mutex mutex;
  Database database;
};

class MemoryStore final : public Store {
 public:
  explicit MemoryStore(Shared& shared) : shared_(shared) {}

  awaitable<Result<Record>> find(const FindPlan& plan) override {
    const std::lock_guard lock(shared_.mutex);
    co_return shared_.database.find(*plan.model, plan.id);
  }

  awaitable<Result<Listing>> list(const ListPlan& plan) override {
    const std::lock_guard lock(shared_.mutex);
    co_return page_of(plan, shared_.database.records(*plan.model));
  }

  awaitable<Result<std::int64_t>> count(const CountPlan& plan) override {
    ListPlan all;
    all.model = plan.model;
    all.filter = plan.filter;
    all.count_exact = true;
    const std::lock_guard lock(shared_.mutex);
    co_return page_of(all, shared_.database.records(*plan.model)).total.value();
  }

  awaitable<Result<Written>> write(WritePlan plan) override {
    const std::lock_guard lock(shared_.mutex);
    co_return shared_.database.write(plan);
  }

 private:
  Shared& shared_;
};

class MemoryEngine final : public Engine {
 public:
  explicit MemoryEngine(const Catalog& catalog) : shared_(catalog) {}

  std::string_view name() const noexcept override { return "memory"; }
  std::unique_ptr<Store> attach(asio::io_context&) override { return std::make_unique<MemoryStore>(shared_); }
  const SecretKey& cursor_key() const noexcept override { return cursor_key_; }
  void announce(std::string_view) override {}
  Health health() const override { return {}; }
  Reindexed reindex(const Model&, const std::function<void(std::int64_t, std::int64_t)>&) override { return {}; }  // keeps no search data
  void close() override {}

 private:
  Shared shared_;
  const SecretKey cursor_key_ = random_key();
};

}  // namespace

std::unique_ptr<Engine> open(const Catalog& catalog) {
  return std::make_unique<MemoryEngine>(catalog);
}

}  // namespace holdfast::memory
