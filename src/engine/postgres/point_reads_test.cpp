// Reads by id, on pools of their own. What clients see of them is in engine_test.

#include "engine/postgres/point_reads.h"

#include <catch2/catch.hpp>

#include "engine/postgres/testing/pools.h"
#include "engine/postgres/testing/schema.h"

using namespace holdfast;
using namespace holdfast::postgres;
using namespace holdfast::testing;

namespace {

constexpr Milliseconds kTimeout = 60'000;

struct Reads {
  Reads() {
    schema.run(
        "create table books (id text collate \"C\" primary key, _rev bigint not null default 0);"
        "insert into books values ('a'), ('b')");
    PoolSettings settings = PoolStage::settings(1, 1);
    settings.terms.schema = schema.name();
    points = stage.open(loop, settings);
    others = elsewhere.open(loop, PoolStage::settings(1, 1));
    reads.emplace(loop, *points, *others, kTimeout);
    run_until(loop, [&] { return stage.counters.created == 1 && elsewhere.counters.failed > 0; });
  }
  ~Reads() {
    stage.stopped = elsewhere.stopped = true;
    stage.lanes.close();
    elsewhere.lanes.close();
  }

  void find(const FindPlan& plan, std::optional<Result<Record>>& answer) {
    asio::co_spawn(loop, reads->find(plan), [&](std::exception_ptr, Result<Record> record) { answer.emplace(std::move(record)); });
  }

  TestSchema schema;
  const Catalog catalog = catalog_of({{"books", "type: object\nid: text\nproperties: {}\n"}});
  const FindPlan a{catalog.find("books"), text("a")}, b{catalog.find("books"), text("b")};
  PoolStage stage{schema.url() + "&application_name=" + schema.name()};
  PoolStage elsewhere{"postgresql://127.0.0.1:1/nowhere"};
  asio::io_context loop{1};
  const asio::executor_work_guard<asio::io_context::executor_type> guard{loop.get_executor()};
  std::shared_ptr<Pool> points, others;
  std::optional<PointReads> reads;
};

}  // namespace

TEST_CASE("postgres point reads: wait for their own connections when the others cannot be had", "[postgres]") {
  Reads db;
  REQUIRE(db.others->try_acquire()->has_error());
  Lease taken = db.points->try_acquire()->value();
  std::optional<Result<Record>> answer;
  db.find(db.a, answer);
  run_until(db.loop, [&] { return answer.has_value() || db.stage.counters.waiting == 1; });
  REQUIRE_FALSE(answer.has_value());
  taken.reset();
  run_until(db.loop, [&] { return answer.has_value(); });
  CHECK(answer->has_value());
}

TEST_CASE("postgres point reads: one that is late is told so, though a later one is asked again before it", "[postgres]") {
  Reads db;
  db.schema.run("begin; lock table books in access exclusive mode");
  std::optional<Result<Record>> first, second;
  PointReads::Time late = PointReads::Time::clock::now() + std::chrono::milliseconds(kTimeout);
  db.find(db.a, first);
  db.find(db.b, second);
  run_until(db.loop, [&] { return db.stage.counters.in_use == 1; });
  db.loop.poll();
  db.schema.run("select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = '" + db.schema.name() + "'");
  run_until(db.loop, [&] { return db.stage.counters.failed == 1; });
  for (; !first && !second; late += std::chrono::nanoseconds(100)) {
    db.reads->tick(late);
    db.loop.poll();
  }
  REQUIRE(first.has_value());
  CHECK(first->error().code == Code::kQueryTimeout);
  CHECK_FALSE(second.has_value());
  db.schema.run("rollback");
  run_until(db.loop, [&] { return second.has_value(); });
  CHECK(second->has_value());
}
