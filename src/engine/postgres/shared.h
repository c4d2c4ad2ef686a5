#pragma once
// What the stores of all loops share.

#include <atomic>
#include <memory>
#include <mutex>

#include "engine/engine.h"
#include "engine/lanes.h"
#include "engine/postgres/address.h"

namespace holdfast::postgres {

// How often a read is asked again because its connection was lost: a server that goes takes all of them with it, and an idle one may look
// well until it is used.
inline constexpr int kMostLost = 4;

// PoolStatistics of all loops together. Thread-safe.
struct PoolCounters {
  std::atomic<std::int64_t> size{0}, in_use{0}, idle{0}, waiting{0}, created{0}, failed{0};
  std::atomic<std::int64_t> pools{0}, unreachable{0};  // of the pools, those whose server cannot be reached
  std::atomic<std::int64_t> doubts{0};                 // of the network: connections that were lost, and attempts that nobody answered

  PoolStatistics read() const;
};

struct Shared {
  const Address& address;
  Lanes& lanes;  // for what blocks: to connect
  const std::atomic<bool>& stopped;
  PoolCounters& counters;
};

// The way back from a lane to a loop that may be gone by then. Thread-safe.
class Doorbell {
 public:
  explicit Doorbell(asio::io_context& loop) : loop_(&loop) {}

  // Runs `work` on the loop; never, when the loop is gone.
  void post(asio::any_completion_handler<void()> work);
  void close();

 private:
  std::mutex mutex_;
  asio::io_context* loop_;
};

}  // namespace holdfast::postgres
