#include "engine/postgres/pool.h"

#include <catch2/catch.hpp>

#include "engine/postgres/testing/pools.h"
#include "engine/testing/servers.h"

using namespace holdfast;
using namespace holdfast::postgres;
using namespace holdfast::testing;

TEST_CASE("postgres pool: connections that nobody has used for long are closed, save the spares", "[postgres]") {
  PoolStage stage(require_server("HOLDFAST_TEST_DATABASE_URL"));
  asio::io_context loop{1};
  PoolSettings settings = PoolStage::settings(4, 2);
  settings.idle_timeout = 1000;
  const auto pool = stage.open(loop, settings);
  const auto guard = asio::make_work_guard(loop);
  std::vector<Lease> leases;
  while (leases.size() < settings.size) leases.push_back(run(loop, pool->acquire()).value());
  leases.clear();
  REQUIRE(stage.counters.idle == 4);
  pool->tick(Pool::Time::clock::now() + std::chrono::milliseconds(settings.idle_timeout));
  CHECK(stage.counters.idle == 2);
  CHECK(stage.counters.created == 4);
}
