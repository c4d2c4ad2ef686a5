#include "engine/postgres/pool.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "engine/postgres/testing/pools.h"
#include "engine/postgres/testing/silent_server.h"
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

TEST_CASE("postgres pool: when an attempt to connect is not answered, all pools ask whether their idle connections still are",
          "[postgres]") {
  PoolStage stage(require_server("HOLDFAST_TEST_DATABASE_URL"));
  const SilentServer silent;
  const Address nobody = read_address(fmt::format("postgresql://someone@127.0.0.1:{}/nothing", silent.port()));
  Shared beyond{nobody, stage.lanes, stage.stopped, stage.counters};
  asio::io_context loop{1};
  const auto guard = asio::make_work_guard(loop);
  const auto pool = stage.open(loop, PoolStage::settings(1, 1));
  REQUIRE(run(loop, pool->acquire()).has_value());
  pool->tick(Pool::Time::clock::now());
  REQUIRE(stage.counters.in_use == 0);

  PoolSettings hurried = PoolStage::settings(1, 1);
  hurried.connect_timeout = 50;
  const auto unanswered = std::make_shared<Pool>(loop, beyond, hurried);
  REQUIRE(run(loop, unanswered->acquire()).has_error());
  pool->tick(Pool::Time::clock::now());
  CHECK(stage.counters.in_use == 1);
}
