#include "http/api.h"

#include <catch2/catch.hpp>
#include <stdexcept>

#include "engine/testing/fixture.h"

using namespace holdfast;
using holdfast::http::Method;
using holdfast::http::Response;

namespace {

// Fails the test when it is asked: what is tested here is answered without the database.
class UnaskedStore final : public Store {
 public:
  awaitable<Result<Record>> find(const FindPlan&) override { throw std::logic_error("find"); }
  awaitable<Result<Listing>> list(const ListPlan&) override { throw std::logic_error("list"); }
  awaitable<Result<std::int64_t>> count(const CountPlan&) override { throw std::logic_error("count"); }
  awaitable<Result<Written>> write(WritePlan) override { throw std::logic_error("write"); }
};

class OneApi {
 public:
  OneApi() : catalog_(testing::catalog_of({{"items", "type: object\nproperties:\n  name: { type: string }\n"}})) {
    settings.api_key = "secret";
    settings.health = [this] { return health; };
  }

  Response get(const std::string& target, Method method = Method::kGet) {
    http::Request request;
    request.method = method;
    request.target = target;
    request.id = "r1";
    return testing::run(loop_, api_.handle(request));
  }

  Health health;
  http::ApiSettings settings;

 private:
  asio::io_context loop_;
  Catalog catalog_;
  Planner planner_{catalog_, SecretKey{}};
  UnaskedStore store_;
  testing::FixedClock clock_;
  http::Api api_{settings, catalog_, planner_, store_, clock_};
};

}  // namespace

// provokes: database_unavailable
TEST_CASE("api: ready follows the health that it is told, live does not", "[http]") {
  OneApi api;
  api.settings.api_key.clear();
  CHECK(api.get("/health/ready").status == 200);
  api.health = {false, "The server is draining; ask another replica."};
  const Response draining = api.get("/health/ready");
  CHECK(draining.status == 503);
  CHECK(draining.content_type == "application/problem+json");
  CHECK(draining.body.find(R"("code":"database_unavailable","detail":"The server is draining; ask another replica.")") !=
        std::string::npos);
  CHECK(draining.body.find(R"("requestId":"r1")") != std::string::npos);
  CHECK(api.get("/health/live").status == 200);
}

TEST_CASE("api: without the key only live answers, and the database is not asked", "[http]") {
  OneApi api;
  CHECK(api.get("/health/live").status == 200);
  CHECK(api.get("/api/items").status == 401);
  CHECK(api.get("/api/items/count").status == 401);
  CHECK(api.get("/api/items", Method::kDelete).status == 405);
  CHECK(api.get("/api/nothing").status == 404);
}
