#include <catch2/catch.hpp>

#include "engine/mongo/store.h"
#include "engine/testing/fixture.h"

using namespace holdfast;
using testing::text;

namespace {

// A store whose server is not there.
struct Deserted {
  static constexpr std::size_t kLanes = 2;

  Deserted() {
    settings.uri.reset(mongoc_uri_new("mongodb://127.0.0.1:1/shop?connectTimeoutMS=2000"));  // a port where nobody listens
    settings.database = "shop";
    for (std::size_t lane = 0; lane < kLanes; ++lane) connections.push_back(std::make_unique<mongo::Connection>(settings));
  }
  ~Deserted() { lanes.close(); }

  const Model& model() const { return catalog.models().front(); }

  const mongo::Driver driver;
  const Catalog catalog = testing::catalog_of({{"things", "type: object\nid: text\nproperties: { name: { type: string } }\n"}});
  testing::FixedClock clock;
  mongo::PoolCounters counters;
  mongo::Gate gate;
  mongo::ConnectionSettings settings;
  mongo::Writer writer{catalog, clock, {}};
  std::vector<std::unique_ptr<mongo::Connection>> connections;
  Lanes lanes{kLanes, 100, std::chrono::seconds(60), Lanes::Priority::kNormal};
  asio::io_context loop{1};
  mongo::MongoStore store{loop, mongo::Shared{writer, lanes, connections, counters, gate, 10'000, 10'000, 10'000}};
};

}  // namespace

TEST_CASE("mongo: a server that is not there makes every request unavailable", "[engine]") {
  Deserted deserted;
  const FindPlan find{&deserted.model(), text("a")};
  CHECK(testing::run(deserted.loop, deserted.store.find(find)).error().code == Code::kDatabaseUnavailable);
  CHECK_FALSE(deserted.gate.is_reachable());
  ListPlan list;
  list.model = &deserted.model();
  list.sort = {{0, false}};
  CHECK(testing::run(deserted.loop, deserted.store.list(list)).error().code == Code::kDatabaseUnavailable);
  const CountPlan count{&deserted.model(), Filter::all({})};
  CHECK(testing::run(deserted.loop, deserted.store.count(count)).error().code == Code::kDatabaseUnavailable);
  CHECK(testing::run(deserted.loop, deserted.store.write(testing::create_plan(deserted.model(), text("a"), {}))).error().code ==
        Code::kDatabaseUnavailable);
}

TEST_CASE("mongo: while one request tries the server, others are refused at once", "[engine]") {
  Deserted deserted;
  deserted.gate.leave(false);
  REQUIRE(deserted.gate.enter());  // somebody tries
  const FindPlan find{&deserted.model(), text("a")};
  CHECK(testing::run(deserted.loop, deserted.store.find(find)).error().code == Code::kDatabaseUnavailable);
  CHECK(deserted.counters.created == 0);
}
