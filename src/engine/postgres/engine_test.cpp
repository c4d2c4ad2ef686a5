#include "engine/postgres/engine.h"

#include <catch2/catch.hpp>
#include <chrono>

#include "engine/postgres/testing/schema.h"
#include "engine/testing/database.h"

using namespace holdfast;
using namespace holdfast::testing;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

const FixedClock kClock;

struct Opened : TestSchema, TestDatabase {
  explicit Opened(std::size_t connections = 8, Milliseconds point_timeout = 5000, Milliseconds query_timeout = 5000)
      : TestDatabase(
            [this, connections, point_timeout, query_timeout](const Catalog& models) {
              postgres::Options chosen = options();
              chosen.url += "&application_name=" + TestSchema::name();
              chosen.pool_size = connections;
              chosen.acquire_timeout = 2000;
              chosen.query_timeout = query_timeout;
              chosen.point_timeout = point_timeout;
              return postgres::open(chosen, models, kClock);
            },
            catalog_of({{"books", "type: object\nid: text\nproperties:\n  title: { type: string }\n"},
                        {"films", "type: object\nid: text\nproperties:\n  title: { type: string }\n"}})) {
    fill({create("books", "b1", {{"title", text("one")}}), create("books", "b2", {{"title", text("two")}}), create("films", "f1")});
  }
  ~Opened() { close(); }

  std::vector<Result<Record>> find_all(const std::string& collection, const std::vector<std::string>& ids) {
    std::vector<FindPlan> plans;
    for (const std::string& id : ids) plans.push_back({&model(collection), text(id)});
    std::vector<awaitable<Result<Record>>> work;
    for (const FindPlan& plan : plans) work.push_back(store->find(plan));
    return run_together(loop, std::move(work));
  }
  std::vector<Result<std::int64_t>> count_all(const std::vector<std::string>& collections) {
    std::vector<CountPlan> plans;
    for (const std::string& collection : collections) plans.push_back({&model(collection), Filter::all({})});
    std::vector<awaitable<Result<std::int64_t>>> work;
    for (const CountPlan& plan : plans) work.push_back(store->count(plan));
    return run_together(loop, std::move(work));
  }
  void lock(const std::string& table) { TestSchema::run("begin; lock table " + table + " in access exclusive mode"); }
  void unlock() { TestSchema::run("rollback"); }
  // The server ends every connection of this engine, and they are gone when this returns.
  void end_connections() {
    TestSchema::answer("select count(pg_terminate_backend(pid, 5000)) from pg_stat_activity where application_name = '" +
                       TestSchema::name() + "'");
  }
};

template <typename Work>
milliseconds time_of(Work work) {
  const auto start = steady_clock::now();
  work();
  return std::chrono::duration_cast<milliseconds>(steady_clock::now() - start);
}

// One that was being made when all were ended could not be: then everybody is refused for a moment.
template <typename Ask>
auto when_reachable(Ask ask) {
  const auto until = steady_clock::now() + milliseconds(2000);
  for (;;) {
    auto answer = ask();
    const bool refused = answer.has_error() && answer.error().detail.find("cannot be reached") != std::string::npos;
    if (!refused || steady_clock::now() > until) return answer;
  }
}

}  // namespace

TEST_CASE("postgres: reads of one turn are answered each, also where they ask for the same or for nothing", "[postgres]") {
  Opened db;
  const auto found = db.find_all("books", {"b2", "missing", "b1", "b2", "another", "missing"});
  REQUIRE(found.size() == 6);
  CHECK(found[0]->values[1] == text("two"));
  CHECK(found[2]->values[1] == text("one"));
  CHECK(found[3]->values[1] == text("two"));
  for (const std::size_t i : {1U, 4U, 5U}) {
    REQUIRE(found[i].has_error());
    CHECK(found[i].error().code == Code::kNotFound);
  }
  CHECK(found[4].error().detail.find("another") != std::string::npos);
}

TEST_CASE("postgres: a table that another program holds keeps up its own reads only", "[postgres]") {
  Opened db(8, 2000);
  db.lock("books");
  std::optional<Result<Record>> held;
  const FindPlan of_book{&db.model("books"), text("b1")};
  const auto start = steady_clock::now();
  for (int round = 0; round < 20; ++round) {  // more of them than there are connections for points
    asio::co_spawn(db.loop, db.store->find(of_book), [&](std::exception_ptr, Result<Record> answer) { held.emplace(std::move(answer)); });
    const auto other = db.find_all("films", {"f1"});
    CHECK(other[0].has_value());
  }
  CHECK_FALSE(held.has_value());
  CHECK(steady_clock::now() - start < milliseconds(2000));
  run_until(db.loop, [&] { return held.has_value(); });
  CHECK(held->error().code == Code::kQueryTimeout);
  CHECK(steady_clock::now() - start < milliseconds(3100));
  db.unlock();
  CHECK(db.find_all("books", {"b1"})[0].has_value());
}

TEST_CASE("postgres: who finds every connection in use waits for a while, and is told", "[postgres]") {
  Opened db(3);  // one for all but points
  db.lock("books");
  const auto took = time_of([&] {
    const auto counted = db.count_all({"books", "films"});
    CHECK(counted[0].error().code == Code::kQueryTimeout);
    REQUIRE(counted[1].has_error());
    CHECK(counted[1].error().code == Code::kOverloaded);
  });
  CHECK(took < milliseconds(6000));
  db.unlock();
  CHECK(db.count_all({"films"})[0].value() == 1);
}

TEST_CASE("postgres: who waits for the end of another's count is told in time too", "[postgres]") {
  Opened db(3, 5000, 1000);
  db.lock("books");
  const CountPlan plan{&db.model("books"), Filter::all({})};
  std::optional<Result<std::int64_t>> first, second;
  const auto ask = [&](auto& answer) {
    asio::co_spawn(db.loop, db.store->count(plan),
                   [&](std::exception_ptr, Result<std::int64_t> count) { answer.emplace(std::move(count)); });
  };
  ask(first);
  run_until(db.loop, [&] { return db.engine->pool()->in_use == 1; });
  ask(second);
  const auto took = time_of([&] { run_until(db.loop, [&] { return second.has_value(); }); });
  CHECK(second->error().code == Code::kQueryTimeout);
  CHECK(took < milliseconds(1500));
  db.unlock();
  CHECK(db.count_all({"books"})[0].value() == 2);
}

TEST_CASE("postgres: reads survive the end of every connection", "[postgres]") {
  Opened db;
  CHECK(db.find_all("books", {"b1"})[0].has_value());
  CHECK(db.count_all({"books"})[0].has_value());
  for (int round = 0; round < 5; ++round) {
    db.end_connections();
    const auto found = when_reachable([&] { return db.find_all("books", {"b1"})[0]; });
    if (found.has_error()) FAIL(found.error());
    const auto counted = when_reachable([&] { return db.count_all({"books"})[0]; });
    if (counted.has_error()) FAIL(counted.error());
  }
}

TEST_CASE("postgres: tells how its connections are used", "[postgres]") {
  Opened db;
  CHECK(db.count_all({"books"})[0].has_value());
  const PoolStatistics pool = db.engine->pool().value();
  CHECK(pool.size == 8);
  CHECK(pool.in_use == 0);
  CHECK(pool.waiting == 0);
  CHECK(pool.idle >= 1);
  CHECK(pool.created >= pool.idle);
  CHECK(db.engine->health().ready);
}

TEST_CASE("postgres: needs three connections for each loop", "[postgres]") {
  const TestSchema schema;
  postgres::Options options = schema.options();
  options.loops = 2;
  options.pool_size = 5;
  const Catalog catalog = catalog_of({});
  CHECK_THROWS_AS(postgres::open(options, catalog, kClock), StartupError);
}
