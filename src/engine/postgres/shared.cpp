#include "engine/postgres/shared.h"

#include <boost/asio/post.hpp>

namespace holdfast::postgres {

PoolStatistics PoolCounters::read() const {
  const auto get = [](const std::atomic<std::int64_t>& counter) { return counter.load(std::memory_order_relaxed); };
  return {get(size), get(in_use), get(idle), get(waiting), get(created), get(failed)};
}

void Doorbell::post(asio::any_completion_handler<void()> work) {
  const std::lock_guard lock(mutex_);
  if (loop_ != nullptr) asio::post(*loop_, std::move(work));
}

void Doorbell::close() {
  const std::lock_guard lock(mutex_);
  loop_ = nullptr;
}

}  // namespace holdfast::postgres
