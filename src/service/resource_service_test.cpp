#include "service/resource_service.h"

#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "engine/testing/fixture.h"
#include "model/record_json.h"

using namespace holdfast;

namespace {

constexpr std::size_t kLongestCursor = 8192;

// Answers what the test has put into it, and keeps what it was asked to write.
class ScriptedStore final : public Store {
 public:
  awaitable<Result<Record>> find(const FindPlan& plan) override {
    asked_for = plan.id;
    co_return record;
  }
  awaitable<Result<Listing>> list(const ListPlan&) override { co_return listing; }
  awaitable<Result<std::int64_t>> count(const CountPlan&) override { co_return total; }
  awaitable<Result<Written>> write(WritePlan plan) override {
    writes.push_back(std::move(plan));
    co_return written;
  }

  Result<Record> record = Error(Code::kNotFound);
  Result<Listing> listing = Listing{};
  Result<std::int64_t> total = std::int64_t{0};
  Result<Written> written = Written{};
  Value asked_for;
  std::vector<WritePlan> writes;
};

constexpr const char* kItems =
    "id: text\ntype: object\nproperties:\n  name: { type: string, maxLength: 20 }\n  text: { type: string }\n"
    "  size: { type: integer }\ntimestamps: true\n";

class Fixture {
 public:
  Fixture() : catalog_(testing::catalog_of({{"items", kItems}})) {}

  const Model& model() const { return *catalog_.find("items"); }
  std::size_t field(std::string_view name) const { return model().ordinal(name).value(); }

  Record record(const char* id, const char* name) const {
    Record record;
    record.values = {Value(std::string(id)), Value(std::string(name)), Value(Null{}),
                     Value(std::int64_t{5}), Value(std::int64_t{0}),   Value(std::int64_t{1})};
    record.revision = 3;
    return record;
  }
  FindPlan find(const char* id) const {
    FindPlan plan;
    plan.model = &model();
    plan.id = Value(std::string(id));
    return plan;
  }
  ListPlan list(std::vector<SortKey> sort) const {
    ListPlan plan;
    plan.model = &model();
    plan.sort = std::move(sort);
    return plan;
  }
  WritePlan patch(const char* id) const {
    WritePlan plan;
    plan.model = &model();
    plan.kind = WritePlan::Kind::kPatch;
    plan.id = Value(std::string(id));
    return plan;
  }
  template <typename T>
  T run(awaitable<T> work) {
    return testing::run(loop_, std::move(work));
  }

 private:
  asio::io_context loop_;
  Catalog catalog_;
  Planner planner_{catalog_, SecretKey{}};

 public:
  ScriptedStore store;
  ResourceService service{store, planner_};
};

constexpr const char* kA = R"({"id":"a","name":"Vis","text":null,"size":5,"createdAt":"1970-01-01T00:00:00.000Z",)"
                           R"("updatedAt":"1970-01-01T00:00:00.001Z"})";

std::vector<std::pair<std::string, std::string>> pointers_of(const Error& error) {
  std::vector<std::pair<std::string, std::string>> pointers;
  for (const FieldError& one : error.errors) pointers.emplace_back(one.pointer, one.code);
  return pointers;
}

}  // namespace

TEST_CASE("service: a projection leaves out fields and keeps the tag of the whole record", "[service]") {
  Fixture test;
  test.store.record = test.record("a", "Vis");
  const auto whole = test.run(test.service.read(test.find("a"), std::nullopt));
  REQUIRE(whole.has_value());
  CHECK(whole->body == kA);
  CHECK(whole->id == "a");
  CHECK(whole->etag == etag_of(3, kA));
  CHECK(test.store.asked_for == testing::text("a"));
  const std::vector<std::size_t> fields{0, test.field("size")};
  const auto part = test.run(test.service.read(test.find("a"), fields));
  REQUIRE(part.has_value());
  CHECK(part->body == R"({"id":"a","size":5})");
  CHECK(part->etag == whole->etag);
}

TEST_CASE("service: what the store refuses is answered as it is", "[service]") {
  Fixture test;
  const auto read = test.run(test.service.read(test.find("a"), std::nullopt));
  REQUIRE(read.has_error());
  CHECK(read.error().code == Code::kNotFound);
  test.store.listing = Error(Code::kQueryTimeout);
  const auto page = test.run(test.service.list(test.list({{0, false}}), kLongestCursor));
  REQUIRE(page.has_error());
  CHECK(page.error().code == Code::kQueryTimeout);
  test.store.total = Error(Code::kOverloaded);
  CountPlan plan;
  plan.model = &test.model();
  const auto count = test.run(test.service.count(plan));
  REQUIRE(count.has_error());
  CHECK(count.error().code == Code::kOverloaded);
}

TEST_CASE("service: a page has data and page, null where nothing is to be said", "[service]") {
  Fixture test;
  const auto empty = test.run(test.service.list(test.list({{0, false}}), kLongestCursor));
  REQUIRE(empty.has_value());
  CHECK(empty->body == R"({"data":[],"page":{"limit":10,"offset":0,"nextCursor":null,"hasMore":false,"total":null}})");
  CHECK(empty->next_cursor.empty());

  test.store.listing->records = {test.record("a", "Vis"), test.record("b", "Vis")};
  test.store.listing->total = 2;
  ListPlan after = test.list({{0, false}});
  after.after = {testing::text("0")};
  after.limit = 2;
  after.fields = std::vector<std::size_t>{0};
  const auto last = test.run(test.service.list(after, kLongestCursor));
  REQUIRE(last.has_value());
  CHECK(last->body == R"({"data":[{"id":"a"},{"id":"b"}],"page":{"limit":2,"offset":null,"nextCursor":null,"hasMore":false,"total":2}})");
  CHECK(last->etag != empty->etag);
}

TEST_CASE("service: a page that another follows has a cursor, unless its sort cannot be continued", "[service]") {
  Fixture test;
  test.store.listing->records = {test.record("a", "Vis")};
  test.store.listing->has_more = true;
  const auto page = test.run(test.service.list(test.list({{test.field("name"), false}, {0, false}}), kLongestCursor));
  REQUIRE(page.has_value());
  CHECK_FALSE(page->next_cursor.empty());
  CHECK(page->body == std::string(R"({"data":[)") + kA + R"(],"page":{"limit":10,"offset":0,"nextCursor":")" + page->next_cursor +
                          R"(","hasMore":true,"total":null}})");
  const std::size_t length = page->next_cursor.size();
  const auto just = test.run(test.service.list(test.list({{test.field("name"), false}, {0, false}}), length));
  CHECK(just->next_cursor == page->next_cursor);
  const auto too_long = test.run(test.service.list(test.list({{test.field("name"), false}, {0, false}}), length - 1));
  CHECK(too_long->next_cursor.empty());
  CHECK(too_long->body.ends_with(R"("nextCursor":null,"hasMore":true,"total":null}})"));
  // A text without a limit may be longer than any cursor.
  const auto unbounded = test.run(test.service.list(test.list({{test.field("text"), false}, {0, false}}), kLongestCursor));
  REQUIRE(unbounded.has_value());
  CHECK(unbounded->next_cursor.empty());
  CHECK(unbounded->body.ends_with(R"("nextCursor":null,"hasMore":true,"total":null}})"));
}

TEST_CASE("service: a count is an object", "[service]") {
  Fixture test;
  test.store.total = 12;
  CountPlan plan;
  plan.model = &test.model();
  CHECK(test.run(test.service.count(plan)).value() == R"({"count":12})");
}

TEST_CASE("service: a write answers the record after it, a removal nothing", "[service]") {
  Fixture test;
  test.store.written->after = test.record("a", "Vis");
  const auto patched = test.run(test.service.write(test.patch("a"), {}));
  REQUIRE(patched.has_value());
  CHECK(patched->body == kA);
  CHECK(patched->etag == etag_of(3, kA));
  test.store.written->after.reset();
  CHECK(test.run(test.service.write(test.patch("a"), {})).value().body.empty());
  CHECK(test.store.writes.size() == 2);
}

TEST_CASE("service: a write says whether it made, changed or removed", "[service]") {
  Fixture test;
  const auto status = [&test] { return test.run(test.service.write(test.patch("a"), {})).value().status; };
  CHECK(status() == 204);
  test.store.written->after = test.record("a", "Vis");
  CHECK(status() == 200);
  test.store.written->created = true;
  CHECK(status() == 201);
}

TEST_CASE("service: an answer that was kept is given again with the tag that it had", "[service]") {
  Fixture test;
  test.store.written->replayed = KeptAnswer{201, "a", 3, kA};
  const auto again = test.run(test.service.write(test.patch("a"), {}));
  REQUIRE(again.has_value());
  CHECK(again->replayed);
  CHECK(again->status == 201);
  CHECK(again->id == "a");
  CHECK(again->body == kA);
  CHECK(again->etag == etag_of(3, kA));
}

TEST_CASE("service: a faulty body is never written: 404 without the record, else 422 with the claims in model order", "[service]") {
  Fixture test;
  const std::vector<FieldError> faults{{"/size", "type", "", "\"integer\""}, {"/nothing", "unknown_field", "", ""}};
  WritePlan plan = test.patch("a");
  plan.claims = {{0, testing::text("a")}, {test.model().created_at(), testing::integer(7)}};

  const auto missing = test.run(test.service.write(plan, faults));
  REQUIRE(missing.has_error());
  CHECK(missing.error().code == Code::kNotFound);

  test.store.record = test.record("a", "Vis");
  const auto refused = test.run(test.service.write(plan, faults));
  REQUIRE(refused.has_error());
  CHECK(refused.error().code == Code::kValidationFailed);
  // The id is what is stored, so it is no failure; createdAt is not.
  CHECK(pointers_of(refused.error()) ==
        std::vector<std::pair<std::string, std::string>>{{"/size", "type"}, {"/createdAt", "read_only"}, {"/nothing", "unknown_field"}});
  CHECK(test.store.writes.empty());
}

TEST_CASE("service: a faulty POST asks for no record", "[service]") {
  Fixture test;
  WritePlan plan = test.patch("a");
  plan.kind = WritePlan::Kind::kCreate;
  plan.upsert.emplace().key = {1};
  const auto refused = test.run(test.service.write(plan, {{"/size", "type", "", "\"integer\""}}));
  REQUIRE(refused.has_error());
  CHECK(refused.error().code == Code::kValidationFailed);
  CHECK(test.store.asked_for.is_absent());
}
