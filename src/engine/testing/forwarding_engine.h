#pragma once
// An engine around another one, which answers as that one does but for what a subclass overrides.

#include <memory>
#include <utility>

#include "engine/engine.h"

namespace holdfast::testing {

class ForwardingEngine : public Engine {
 public:
  explicit ForwardingEngine(std::unique_ptr<Engine> engine) : engine_(std::move(engine)) {}

  std::string_view name() const noexcept override { return engine_->name(); }
  std::unique_ptr<Store> attach(asio::io_context& loop) override { return engine_->attach(loop); }
  const SecretKey& cursor_key() const noexcept override { return engine_->cursor_key(); }
  void announce(std::string_view address) override { engine_->announce(address); }
  Health health() const override { return engine_->health(); }
  std::optional<PoolStatistics> pool() const override { return engine_->pool(); }
  Reindexed reindex(const Model& model, const std::function<void(std::int64_t, std::int64_t)>& progress) override {
    return engine_->reindex(model, progress);
  }
  void close() override { engine_->close(); }

 private:
  std::unique_ptr<Engine> engine_;
};

}  // namespace holdfast::testing
