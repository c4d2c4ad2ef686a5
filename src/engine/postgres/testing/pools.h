#pragma once
// Pools without an engine around them, on a loop that a test runs by hand.

#include "engine/lanes.h"
#include "engine/postgres/pool.h"
#include "engine/testing/fixture.h"

namespace holdfast::testing {

// Pools of one server. They end before this.
struct PoolStage {
  explicit PoolStage(const std::string& url) : address(postgres::read_address(url)) {}

  static postgres::PoolSettings settings(std::size_t size, std::size_t spares) {
    constexpr Milliseconds kPatience = 60'000;  // a machine that is busy is no fault
    postgres::PoolSettings settings;
    settings.size = size;
    settings.spares = spares;
    for (Milliseconds* time : {&settings.patience, &settings.connect_timeout, &settings.acquire_timeout, &settings.health_check,
                               &settings.idle_timeout, &settings.max_lifetime}) {
      *time = kPatience;
    }
    return settings;
  }

  std::shared_ptr<postgres::Pool> open(asio::io_context& loop, const postgres::PoolSettings& settings) {
    auto pool = std::make_shared<postgres::Pool>(loop, shared, settings);
    pool->start();
    return pool;
  }

  const postgres::Address address;
  std::atomic<bool> stopped{false};
  postgres::PoolCounters counters;
  Lanes lanes{2, 16, std::chrono::seconds(60), Lanes::Priority::kNormal};
  postgres::Shared shared{address, lanes, stopped, counters};
};

}  // namespace holdfast::testing
