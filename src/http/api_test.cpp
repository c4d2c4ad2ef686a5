#include "http/api.h"

#include <catch2/catch.hpp>
#include <optional>
#include <stdexcept>

#include "engine/testing/fixture.h"

using namespace holdfast;
using holdfast::http::Method;
using holdfast::http::Response;

namespace {

// Fails the test when it is asked for what the test has not put into it.
class ScriptedStore final : public Store {
 public:
  awaitable<Result<Record>> find(const FindPlan&) override { throw std::logic_error("find"); }
  awaitable<Result<Listing>> list(const ListPlan&) override { throw std::logic_error("list"); }
  awaitable<Result<std::int64_t>> count(const CountPlan&) override { throw std::logic_error("count"); }
  awaitable<Result<Written>> write(WritePlan) override {
    if (!written) throw std::logic_error("write");
    co_return *written;
  }

  std::optional<Result<Written>> written;
};

class OneApi {
 public:
  OneApi() : catalog_(testing::catalog_of({{"items", "type: object\nproperties:\n  name: { type: string }\n"}})) {
    settings.api_key = "secret";
    settings.health = [this] { return health; };
  }

  Response get(const std::string& target, Method method = Method::kGet, std::vector<http::Header> headers = {}) {
    http::Request request;
    request.method = method;
    request.target = target;
    request.headers = std::move(headers);
    request.id = "r1";
    return testing::run(loop_, api_.handle(request));
  }

  Response post() {
    http::Request request;
    request.method = Method::kPost;
    request.target = "/api/items";
    request.headers = {{"Content-Type", "application/json"}, {"Authorization", "Bearer secret"}};
    request.body = "{}";
    request.has_body = true;
    request.id = "r1";
    return testing::run(loop_, api_.handle(request));
  }

  Health health;
  http::ApiSettings settings;
  ScriptedStore store;

 private:
  asio::io_context loop_;
  Catalog catalog_;
  Planner planner_{catalog_, SecretKey{}};
  testing::FixedClock clock_;
  http::Api api_{settings, catalog_, planner_, store, clock_};
};

std::string header(const Response& response, std::string_view name) {
  for (const http::Header& header : response.headers) {
    if (header.name == name) return header.value;
  }
  return "(none)";
}

constexpr const char* kRecord = R"({"id":"0193585a-7c00-7000-8000-000000000001","name":"a"})";

Written written(bool created) {
  Record record;
  record.values = {testing::text("0193585a-7c00-7000-8000-000000000001"), testing::text("a")};
  record.revision = 4;
  Written answer;
  answer.after = std::move(record);
  answer.created = created;
  return answer;
}

Written replayed(int status) {
  Written answer;
  answer.replayed = KeptAnswer{status, "0193585a-7c00-7000-8000-000000000001", 4, kRecord};
  return answer;
}

}  // namespace

TEST_CASE("api: a record that was made has a Location, one that an upsert changed has none", "[http]") {
  OneApi api;
  api.store.written = written(true);
  const Response created = api.post();
  CHECK(created.status == 201);
  CHECK(created.body == kRecord);
  CHECK(header(created, "Location") == "/api/items/0193585a-7c00-7000-8000-000000000001");
  CHECK(header(created, "Idempotency-Replayed") == "(none)");
  api.store.written = written(false);
  const Response changed = api.post();
  CHECK(changed.status == 200);
  CHECK(changed.body == kRecord);
  CHECK(header(changed, "Location") == "(none)");
  CHECK(header(changed, "ETag") == header(created, "ETag"));
}

TEST_CASE("api: an answer that is given again is as it was, and says that it is", "[http]") {
  OneApi api;
  for (const bool created : {true, false}) {
    api.store.written = written(created);
    const Response first = api.post();
    api.store.written = replayed(created ? 201 : 200);
    const Response again = api.post();
    CHECK(again.status == first.status);
    CHECK(again.body == first.body);
    CHECK(again.content_type == first.content_type);
    for (const char* name : {"ETag", "Location"}) CHECK(header(again, name) == header(first, name));
    CHECK(header(again, "Idempotency-Replayed") == "true");
  }
}

TEST_CASE("api: a removal that others forbid says who and how many", "[http]") {
  OneApi api;
  Error error(Code::kReferenceViolation, "It is referred to.");
  error.collection = "orders";
  error.count = 3;
  api.store.written = error;
  const Response refused = api.post();
  CHECK(refused.status == 409);
  CHECK(refused.body.find(R"("code":"reference_violation","detail":"It is referred to.","collection":"orders","count":3,"requestId")") !=
        std::string::npos);
}

// provokes: database_unavailable
TEST_CASE("api: ready follows the health that it is told, live does not", "[http]") {
  OneApi api;
  api.settings.api_key.clear();
  CHECK(api.get("/health/ready").body == R"({"status":"ready"})");
  api.health = {true, "The \"disk\" is full."};
  const Response degraded = api.get("/health/ready");
  CHECK(degraded.status == 200);
  CHECK(degraded.body == R"({"status":"degraded","detail":"The \"disk\" is full."})");
  api.health = {false, "The server is draining; ask another replica."};
  const Response draining = api.get("/health/ready");
  CHECK(draining.status == 503);
  CHECK(draining.content_type == "application/problem+json");
  CHECK(draining.body.find(R"("code":"database_unavailable","detail":"The server is draining; ask another replica.")") !=
        std::string::npos);
  CHECK(draining.body.find(R"("requestId":"r1")") != std::string::npos);
  CHECK(api.get("/health/live").status == 200);
}

TEST_CASE("api: ready tells how the pool of connections stands, when there is one", "[http]") {
  OneApi api;
  api.settings.api_key.clear();
  api.health.pool = PoolStatistics{16, 3, 5, 1, 12, 2};
  CHECK(api.get("/health/ready").body == R"({"status":"ready","pool":{"size":16,"inUse":3,"idle":5,"waiting":1,"created":12,"failed":2}})");
  api.health.detail = "slow";
  CHECK(api.get("/health/ready").body.starts_with(R"({"status":"degraded","detail":"slow","pool":{"size":16,)"));
}

TEST_CASE("api: without the key only live answers, and the database is not asked", "[http]") {
  OneApi api;
  CHECK(api.get("/health/live").status == 200);
  CHECK(api.get("/api/items").status == 401);
  CHECK(api.get("/api/items/count").status == 401);
  CHECK(api.get("/api/items", Method::kDelete).status == 405);
  CHECK(api.get("/api/nothing").status == 404);
}

TEST_CASE("api: a condition that is not well formed is refused before anything is read", "[http]") {
  OneApi api;  // whose store throws when it is asked
  for (const char* target : {"/api/items/0193585a-7c00-7000-8000-000000000001", "/api/items", "/api/items?name=a"}) {
    for (const char* condition : {"If-Match", "If-None-Match"}) {
      INFO(target << ' ' << condition);
      const Response refused = api.get(target, Method::kGet, {{"Authorization", "Bearer secret"}, {condition, "1-abc"}});
      CHECK(refused.status == 400);
      CHECK(refused.body.find("\"bad_request\"") != std::string::npos);
    }
  }
}
