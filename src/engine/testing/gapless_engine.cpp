#include "engine/testing/gapless_engine.h"

#include <map>

namespace holdfast::testing {
namespace {

class GaplessStore final : public Store {
 public:
  GaplessStore(std::unique_ptr<Store> store, const SetLastId& set_last_id) : store_(std::move(store)), set_last_id_(set_last_id) {}

  awaitable<Result<Record>> find(const FindPlan& plan) override { return store_->find(plan); }
  awaitable<Result<Listing>> list(const ListPlan& plan) override { return store_->list(plan); }
  awaitable<Result<std::int64_t>> count(const CountPlan& plan) override { return store_->count(plan); }
  awaitable<Result<Written>> write(WritePlan plan) override {
    const Model& model = *plan.model;
    const bool makes_id = plan.kind == WritePlan::Kind::kCreate && plan.id.is_absent();
    Result<Written> written = co_await store_->write(std::move(plan));
    if (!makes_id) co_return written;
    if (written.has_error()) set_last_id_(model, last_ids_[&model]);
    if (written && written->created) last_ids_[&model] = written->after->values[0].integer();
    co_return written;
  }

 private:
  std::unique_ptr<Store> store_;
  const SetLastId& set_last_id_;
  std::map<const Model*, std::int64_t> last_ids_;
};

class GaplessEngine final : public Engine {
 public:
  GaplessEngine(std::unique_ptr<Engine> engine, SetLastId set_last_id) : engine_(std::move(engine)), set_last_id_(std::move(set_last_id)) {}

  std::string_view name() const noexcept override { return engine_->name(); }
  std::unique_ptr<Store> attach(asio::io_context& loop) override {
    return std::make_unique<GaplessStore>(engine_->attach(loop), set_last_id_);
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
  SetLastId set_last_id_;
};

}  // namespace

std::unique_ptr<Engine> without_gaps(std::unique_ptr<Engine> engine, SetLastId set_last_id) {
  return std::make_unique<GaplessEngine>(std::move(engine), std::move(set_last_id));
}

}  // namespace holdfast::testing
