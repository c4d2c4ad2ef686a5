#include "engine/testing/comparable_engine.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <map>

#include "engine/testing/forwarding_engine.h"

namespace holdfast::testing {
namespace {

constexpr std::chrono::seconds kPatience{60};
constexpr std::chrono::milliseconds kPause{10};

class ComparableStore final : public Store {
 public:
  ComparableStore(std::unique_ptr<Store> store, const SetLastId& set_last_id, asio::io_context& loop)
      : store_(std::move(store)), set_last_id_(set_last_id), loop_(loop) {}

  awaitable<Result<Record>> find(const FindPlan& plan) override {
    return patiently<Record>([this, &plan] { return store_->find(plan); });
  }
  awaitable<Result<Listing>> list(const ListPlan& plan) override {
    return patiently<Listing>([this, &plan] { return store_->list(plan); });
  }
  awaitable<Result<std::int64_t>> count(const CountPlan& plan) override {
    return patiently<std::int64_t>([this, &plan] { return store_->count(plan); });
  }
  awaitable<Result<Written>> write(WritePlan plan) override {
    const Model& model = *plan.model;
    const bool makes_id = plan.kind == WritePlan::Kind::kCreate && plan.id.is_absent();
    const auto ask = [this, &plan] { return store_->write(plan); };
    Result<Written> written = co_await patiently<Written>(ask);
    if (!makes_id) co_return written;
    if (written.has_error()) set_last_id_(model, last_ids_[&model]);
    if (written && written->created) last_ids_[&model] = written->after->values[0].integer();
    co_return written;
  }

 private:
  template <typename T, typename Ask>
  awaitable<Result<T>> patiently(Ask ask) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    asio::steady_timer pause(loop_);
    for (;;) {
      Result<T> answer = co_await ask();
      const bool is_unavailable = answer.has_error() && answer.error().code == Code::kDatabaseUnavailable;
      if (!is_unavailable || std::chrono::steady_clock::now() > deadline) co_return answer;
      pause.expires_after(kPause);
      co_await pause.async_wait(asio::use_awaitable_t<Executor>());
    }
  }

  std::unique_ptr<Store> store_;
  const SetLastId& set_last_id_;
  asio::io_context& loop_;
  std::map<const Model*, std::int64_t> last_ids_;
};

class ComparableEngine final : public ForwardingEngine {
 public:
  ComparableEngine(std::unique_ptr<Engine> engine, SetLastId set_last_id)
      : ForwardingEngine(std::move(engine)), set_last_id_(std::move(set_last_id)) {}

  std::unique_ptr<Store> attach(asio::io_context& loop) override {
    return std::make_unique<ComparableStore>(ForwardingEngine::attach(loop), set_last_id_, loop);
  }

 private:
  SetLastId set_last_id_;
};

}  // namespace

std::unique_ptr<Engine> comparable(std::unique_ptr<Engine> engine, SetLastId set_last_id) {
  return std::make_unique<ComparableEngine>(std::move(engine), std::move(set_last_id));
}

}  // namespace holdfast::testing
