#include "engine/postgres/create_groups.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <catch2/catch.hpp>

#include "engine/postgres/testing/failing_sessions.h"
#include "engine/postgres/testing/schema.h"
#include "engine/testing/database.h"

using namespace holdfast;
using namespace holdfast::postgres;
using namespace holdfast::testing;

namespace {

constexpr int kMany = 40;
constexpr Milliseconds kPatience = 1000;

Catalog collections() {
  return catalog_of({{"notes", "type: object\nproperties:\n  text: { type: string }\n"},
                     {"counters", "type: object\nid: integer\nproperties:\n  size: { type: integer }\n"},
                     {"users", "type: object\nproperties:\n  email: { type: string, maxLength: 50, unique: true }\n"},
                     {"tasks", "type: object\nproperties:\n  note: { ref: notes }\n"},
                     {"tags", "type: object\nid: text\nproperties:\n  size: { type: integer }\n"}});
}

std::string uuid(int number) {
  return "0190a5b8-7c3e-7abc-8def-" + std::to_string(100'000'000'000 + number);
}

std::vector<WritePlan> notes(const Catalog& catalog, int count, int first = 0) {
  std::vector<WritePlan> plans;
  for (int i = first; i < first + count; ++i) {
    plans.push_back(create_plan(*catalog.find("notes"), text(uuid(i)), {{"text", text("note " + std::to_string(i))}}));
  }
  return plans;
}

struct Opened : TestSchema, TestDatabase {
  Opened() : TestDatabase([this](const Catalog& models) { return postgres::open(options(), models, shared_clock); }, collections()) {}
  ~Opened() { close(); }

  static inline const FixedClock shared_clock;
};

// Groups on sessions that fail as scripted.
struct Scripted {
  explicit Scripted(std::deque<Failure> failures) : sessions(std::move(failures)) {}

  std::vector<Failure> create(std::size_t count) {
    const std::vector<WritePlan> plans = notes(catalog, static_cast<int>(count));
    std::vector<Failure> failures;
    const auto one = [&](const WritePlan& plan) -> awaitable<void> {
      const Outcome<Written> written = co_await groups.create(plan);
      failures.push_back(written.error());
    };
    for (const WritePlan& plan : plans) asio::co_spawn(loop, one(plan), asio::detached);
    loop.run();
    loop.restart();
    return failures;
  }

  Catalog catalog = collections();
  asio::io_context loop{1};
  FailingSessions sessions;
  CreateGroups groups{loop, sessions, catalog, kPatience};
};

constexpr std::size_t kFew = 3;

bool are(const std::vector<Failure>& failures, Code code, bool again) {
  const auto is = [&](const Failure& failure) { return failure.error.code == code && failure.again == again; };
  return failures.size() == kFew && std::all_of(failures.begin(), failures.end(), is);
}

// The records of the largest, or smallest, transaction that wrote notes.
std::string in_one_transaction(const std::string& which) {
  return "select " + which + "(n) from (select count(*) n from notes group by xmin::text) one";
}

}  // namespace

TEST_CASE("postgres creates: those that are asked for together are kept by fewer transactions", "[postgres]") {
  Opened db;
  for (const Result<Written>& written : db.write_all(notes(*db.catalog, kMany))) REQUIRE((written.has_value() && written->created));
  CHECK(db.count("notes") == kMany);
  CHECK(std::stoi(db.answer("select count(distinct xmin::text) from notes")) <= kMany / 4);
  CHECK(db.find("notes", uuid(7))->values[1] == text("note 7"));
}

TEST_CASE("postgres creates: ids that the database makes reach the record that they are of", "[postgres]") {
  Opened db;
  std::vector<WritePlan> plans;
  for (int i = 0; i < kMany; ++i) plans.push_back(create_plan(db.model("counters"), Value(), {{"size", integer(i)}}));
  for (const Result<Written>& written : db.write_all(std::move(plans))) {
    REQUIRE(written.has_value());
    const std::string id = std::to_string(written->after->values[0].integer());
    CHECK(db.answer("select size from counters where id = " + id) == std::to_string(written->after->values[1].integer()));
  }
}

TEST_CASE("postgres creates: one that the database refuses takes no other with it", "[postgres]") {
  Opened db;
  db.TestSchema::run("alter table notes add constraint no_three check (text <> 'note 3')");
  const std::vector<Result<Written>> results = db.write_all(notes(*db.catalog, kMany));
  for (int i = 0; i < kMany; ++i) CHECK(results[static_cast<std::size_t>(i)].has_value() == (i != 3));
  CHECK(db.count("notes") == kMany - 1);
  CHECK_FALSE(db.has("notes", uuid(3)));
}

TEST_CASE("postgres creates: what a trigger swallows is not acknowledged", "[postgres]") {
  Opened db;
  db.TestSchema::run(
      "create function swallow() returns trigger language plpgsql as 'begin if new.text = ''note 3'' then return null; end if; "
      "return new; end'; create trigger swallow before insert on notes for each row execute function swallow()");
  const std::vector<Result<Written>> results = db.write_all(notes(*db.catalog, kMany));
  for (int i = 0; i < kMany; ++i) CHECK(results[static_cast<std::size_t>(i)].has_value() == (i != 3));
  CHECK(db.count("notes") == kMany - 1);
}

TEST_CASE("postgres creates: slow ones leave in smaller groups, so that each is answered in time", "[postgres]") {
  Opened db;
  db.TestSchema::run(
      "create function idle() returns trigger language plpgsql as 'begin perform pg_sleep(0.02); return new; end'; "
      "create trigger idle before insert on notes for each row execute function idle()");
  for (const Result<Written>& written : db.write_all(notes(*db.catalog, kMany))) REQUIRE(written.has_value());
  CHECK(std::stoi(db.answer(in_one_transaction("max"))) <= static_cast<int>(CreateGroups::kFirst));
  CHECK(std::stoi(db.answer(in_one_transaction("min"))) <= static_cast<int>(CreateGroups::kFirst) / 2);
}

TEST_CASE("postgres creates: only those that can wait for no other row share", "[engine]") {
  const Catalog catalog = collections();
  const auto may_share = [&](const char* name, Value id) {
    return CreateGroups::may_share(create_plan(*catalog.find(name), std::move(id), {}));
  };
  CHECK(may_share("notes", text(uuid(1))));
  CHECK(may_share("counters", Value()));
  CHECK_FALSE(may_share("users", text(uuid(1))));
  CHECK_FALSE(may_share("tasks", text(uuid(1))));
  CHECK_FALSE(may_share("tags", text("t")));

  WritePlan plan = create_plan(*catalog.find("notes"), text(uuid(1)), {});
  plan.idempotency = Idempotency{"key", "print"};
  CHECK_FALSE(CreateGroups::may_share(plan));
  plan.idempotency.reset();
  plan.only_if_missing = true;
  CHECK_FALSE(CreateGroups::may_share(plan));
  plan.only_if_missing = false;
  plan.kind = WritePlan::Kind::kPatch;
  CHECK_FALSE(CreateGroups::may_share(plan));
}

TEST_CASE("postgres creates: a connection that is lost behind them leaves the outcome of all unknown", "[engine]") {
  Scripted database({lost()});
  CHECK(are(database.create(kFew), Code::kOutcomeUnknown, false));
  CHECK(database.sessions.statements == std::vector<std::size_t>{3});
  CHECK(database.sessions.scopes == std::vector<Scope>{Scope::kWhole});
}

TEST_CASE("postgres creates: what was refused, or never left, may be tried alone", "[engine]") {
  Scripted database({scripted_failure(Code::kStorageFull), lost(false)});
  CHECK(are(database.create(kFew), Code::kStorageFull, true));
  CHECK(are(database.create(kFew), Code::kDatabaseUnavailable, true));
}

TEST_CASE("postgres creates: who has waited in vain is not made to wait again", "[engine]") {
  Scripted database({scripted_failure(Code::kQueryTimeout)});
  CHECK(are(database.create(kFew), Code::kQueryTimeout, false));
  CHECK(are(database.create(kFew), Code::kDatabaseUnavailable, false));  // no session is to be had
}

TEST_CASE("postgres creates: a group has at most twice as many as the one before, and never more than 64", "[engine]") {
  Scripted database(std::deque<Failure>(4, scripted_failure(Code::kStorageFull)));
  CHECK(database.create(176).size() == 176);
  CHECK(database.sessions.statements == std::vector<std::size_t>{16, 32, 64, 64});
}

TEST_CASE("postgres creates: who finds a thousand before him is refused at once", "[engine]") {
  Scripted database({});
  const std::vector<Failure> failures = database.create(CreateGroups::kMostWaiting + 1);
  CHECK(failures.size() == CreateGroups::kMostWaiting + 1);
  const auto count = [&](Code code) {
    return std::count_if(failures.begin(), failures.end(), [&](const Failure& failure) { return failure.error.code == code; });
  };
  CHECK(count(Code::kOverloaded) == 1);
  CHECK(count(Code::kDatabaseUnavailable) == CreateGroups::kMostWaiting);
}

TEST_CASE("postgres creates: who waits too long for a group to begin is told so", "[engine]") {
  Scripted database({});
  const std::vector<WritePlan> plans = notes(database.catalog, 1);
  std::optional<Failure> failure;
  const auto one = [&]() -> awaitable<void> {
    const Outcome<Written> written = co_await database.groups.create(plans[0]);
    failure = written.error();
  };
  asio::co_spawn(database.loop, one(), asio::detached);
  database.loop.run_one();  // it waits; the turn has not ended
  database.groups.tick(std::chrono::steady_clock::now() + std::chrono::milliseconds(kPatience));
  database.loop.run();
  REQUIRE(failure);
  CHECK(failure->error.code == Code::kOverloaded);
  CHECK_FALSE(failure->again);
}
