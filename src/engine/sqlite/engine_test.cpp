#include "engine/sqlite/engine.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "engine/sqlite/handles.h"
#include "engine/testing/fixture.h"

using namespace holdfast;
using Catch::Contains;

namespace {

constexpr const char* kItems = R"(
type: object
id: text
required: [name]
properties:
  name: { type: string, maxLength: 2000000 }
  size: { type: integer }
)";

// An engine on a fresh file, with one store; it can be closed and opened again.
struct Opened {
  explicit Opened(std::function<void(sqlite::Options&)> change = {}) {
    options.file = folder.path() / "data" / "holdfast.db";
    options.shown_file = "data/holdfast.db";
    if (change) change(options);
    open();
  }
  ~Opened() { close(); }

  void open() {
    engine = sqlite::open(options, catalog, clock);
    store = engine->attach(loop);
  }
  void close() {
    if (engine) engine->close();
    store.reset();
    engine.reset();
  }

  WritePlan create(std::string id, std::string name, std::int64_t size = 0) const {
    return testing::create_plan(model, testing::text(std::move(id)),
                                {{"name", testing::text(std::move(name))}, {"size", testing::integer(size)}});
  }
  bool has(const std::string& id) {
    const FindPlan plan{&model, testing::text(id)};
    return testing::run(loop, store->find(plan)).has_value();
  }
  ListPlan list_from(std::int64_t size, std::int64_t limit) const {
    ListPlan plan;
    plan.model = &model;
    plan.sort = {{0, false}};
    plan.limit = limit;
    plan.filter = Filter::on({2, Operator::kGte, {testing::integer(size)}});
    return plan;
  }
  void fill(int count) {
    std::vector<awaitable<Result<Written>>> writes;
    for (int i = 0; i < count; ++i) writes.push_back(store->write(create("r" + std::to_string(i), "Vis", i)));
    for (const Result<Written>& written : testing::run_together(loop, std::move(writes))) REQUIRE(written.has_value());
  }

  testing::TemporaryFolder folder;
  testing::FixedClock clock;
  Catalog catalog = testing::catalog_of({{"items", kItems}});
  const Model& model = *catalog.find("items");
  sqlite::Options options;
  asio::io_context loop{1};
  std::unique_ptr<Engine> engine;
  std::unique_ptr<Store> store;
};

// Another program that holds the file's write lock.
class LockedFile {
 public:
  explicit LockedFile(const std::filesystem::path& file) {
    sqlite3* raw = nullptr;
    REQUIRE(sqlite3_open(file.c_str(), &raw) == SQLITE_OK);
    database_.reset(raw);
    REQUIRE(sqlite3_exec(raw, "begin immediate", nullptr, nullptr, nullptr) == SQLITE_OK);
  }
  void release() const { REQUIRE(sqlite3_exec(database_.get(), "rollback", nullptr, nullptr, nullptr) == SQLITE_OK); }

 private:
  sqlite::Database database_;
};

// What open() says when it refuses, and that it does so with this status.
std::string refusal(const sqlite::Options& options, int status) {
  const testing::FixedClock clock;
  const Catalog catalog = testing::catalog_of({{"items", kItems}});
  try {
    sqlite::open(options, catalog, clock);
  } catch (const StartupError& error) {
    CHECK(error.exit_status() == status);
    return error.what();
  }
  FAIL("it was opened");
  return {};
}

}  // namespace

TEST_CASE("sqlite: a second server on the same file is told who holds it", "[engine]") {
  Opened first;
  CHECK_THAT(refusal(first.options, kExitUnavailable), Contains(" is in use by holdfast (pid "));
  first.engine->announce("127.0.0.1:8080");
  const std::string message = refusal(first.options, kExitUnavailable);
  CHECK_THAT(message, Contains("data/holdfast.db is in use by holdfast (pid " + std::to_string(::getpid()) + ", started "));
  CHECK_THAT(message, Contains(", 127.0.0.1:8080).\n  Stop it, or serve another folder: holdfast serve --data ./other --port 8081"));
  first.close();
  first.open();  // and the lock goes with its owner
}

TEST_CASE("sqlite: records are kept when the file is closed and opened again", "[engine]") {
  Opened db;
  db.fill(3);
  const SecretKey key = db.engine->cursor_key();
  db.close();
  CHECK_FALSE(std::filesystem::exists(db.options.file.string() + "-wal"));
  db.open();
  CHECK(db.has("r2"));
  CHECK(db.engine->cursor_key() == key);
}

TEST_CASE("sqlite: a file that is no database, read-only or no file is refused in one sentence", "[engine]") {
  testing::TemporaryFolder folder;
  sqlite::Options options;
  options.file = folder.path() / "holdfast.db";
  options.shown_file = "data/holdfast.db";
  std::ofstream(options.file) << std::string(8192, 'x');
  CHECK(refusal(options, kExitUnavailable) == "data/holdfast.db is not an SQLite database. Move it away, or serve another folder.");
  ::chmod(options.file.c_str(), 0444);
  CHECK(refusal(options, kExitUnavailable) == "data/holdfast.db is read-only. Allow writing: chmod u+w data/holdfast.db");
  std::filesystem::remove(options.file);
  std::filesystem::create_directory(options.file);
  CHECK(refusal(options, kExitUnavailable) == "data/holdfast.db is not a file.");
  options.file = folder.path() / "holdfast.db.lock" / "holdfast.db";  // a folder cannot be made below a file
  CHECK_THAT(refusal(options, kExitUnavailable), Contains("cannot be made"));
}

TEST_CASE("sqlite: reads of one turn answer each its own, the same id too", "[engine]") {
  Opened db;
  db.fill(5);
  std::vector<FindPlan> plans;
  for (const char* id : {"r3", "r1", "none", "r3", "r0", "r1", "r3"}) plans.push_back({&db.model, testing::text(id)});
  std::vector<awaitable<Result<Record>>> reads;
  for (const FindPlan& plan : plans) reads.push_back(db.store->find(plan));
  const auto found = testing::run_together(db.loop, std::move(reads));
  REQUIRE(found.size() == plans.size());
  for (std::size_t i = 0; i < plans.size(); ++i) {
    if (i == 2) {
      CHECK(found[i].error().code == Code::kNotFound);
    } else {
      CHECK(found[i]->values[0] == plans[i].id);
    }
  }
}

TEST_CASE("sqlite: a read after an acknowledged write sees it", "[engine]") {
  Opened db;
  for (int i = 0; i < 50; ++i) {
    REQUIRE(testing::run(db.loop, db.store->write(db.create("w" + std::to_string(i), "Vis"))).has_value());
    CHECK(db.has("w" + std::to_string(i)));
  }
}

TEST_CASE("sqlite: a long read leaves the loop, is stopped at its deadline, and its shape is remembered", "[engine]") {
  Opened db([](sqlite::Options& options) { options.query_timeout = 0; });
  db.fill(5000);
  const ListPlan brief = db.list_from(0, 1), long_one = db.list_from(1'000'000, 1);
  CHECK(testing::run(db.loop, db.store->list(brief)).has_value());
  CHECK(testing::run(db.loop, db.store->list(long_one)).error().code == Code::kQueryTimeout);
  CHECK(testing::run(db.loop, db.store->list(brief)).error().code == Code::kQueryTimeout);  // of the same shape: straight to a lane
  CHECK(db.has("r1"));
}

TEST_CASE("sqlite: a pattern on a long text leaves the loop too, though it is one instruction to SQLite", "[engine]") {
  Opened db([](sqlite::Options& options) { options.query_timeout = 0; });
  REQUIRE(testing::run(db.loop, db.store->write(db.create("short", "aaa"))).has_value());
  ListPlan plan = db.list_from(0, 1);
  plan.filter.condition = {1, Operator::kIlike, {testing::text("%b%")}};
  CHECK(testing::run(db.loop, db.store->list(plan)).has_value());
  REQUIRE(testing::run(db.loop, db.store->write(db.create("text", std::string(1'000'000, 'a')))).has_value());
  CHECK(testing::run(db.loop, db.store->list(plan)).error().code == Code::kQueryTimeout);
  CHECK(db.has("text"));
}

TEST_CASE("sqlite: a long read is finished in a lane", "[engine]") {
  Opened db;
  db.fill(5000);
  ListPlan plan = db.list_from(4999, 10);
  plan.count_exact = true;
  const auto listing = testing::run(db.loop, db.store->list(plan));
  REQUIRE(listing.has_value());
  CHECK(listing->records.size() == 1);
  CHECK(listing->total == 1);
  const CountPlan count{&db.model, plan.filter};
  CHECK(testing::run(db.loop, db.store->count(count)).value() == 1);
}

TEST_CASE("sqlite: a file that cannot have a write-ahead log is refused", "[engine]") {
  Opened db;
  sqlite::Options options = db.options;
  options.file = db.folder.path() / "other.db";
  options.vfs = "unix-none";  // no shared memory, as on some network disks
  CHECK_THAT(refusal(options, kExitUnavailable), Contains("cannot have a write-ahead log where it lies"));
}

TEST_CASE("sqlite: a file whose texts are UTF-16 is refused", "[engine]") {
  Opened db;
  sqlite::Options options = db.options;
  options.file = db.folder.path() / "other.db";
  sqlite3* raw = nullptr;
  REQUIRE(sqlite3_open(options.file.c_str(), &raw) == SQLITE_OK);
  const sqlite::Database other(raw);
  REQUIRE(sqlite3_exec(raw, "pragma encoding = 'UTF-16le'; create table other (a)", nullptr, nullptr, nullptr) == SQLITE_OK);
  CHECK_THAT(refusal(options, kExitConfiguration), Contains("keeps its texts as UTF-16le"));
}

TEST_CASE("sqlite: a value of the wrong type is named with its record and field", "[engine]") {
  Opened db;
  db.close();
  sqlite3* raw = nullptr;
  REQUIRE(sqlite3_open(db.options.file.c_str(), &raw) == SQLITE_OK);
  const sqlite::Database other(raw);
  // A table of the right shape but not STRICT, as others make them.
  REQUIRE(sqlite3_exec(
              raw,
              "drop table items; create table items (_row integer primary key, id text not null unique, _rev integer not null default 0,"
              "name text not null, size integer); insert into items (id, name, size) values ('bad', 'Vis', 'many')",
              nullptr, nullptr, nullptr) == SQLITE_OK);
  db.open();
  const FindPlan plan{&db.model, testing::text("bad")};
  const auto found = testing::run(db.loop, db.store->find(plan));
  REQUIRE(found.has_error());
  CHECK(found.error().code == Code::kStoredValueInvalid);
  CHECK_THAT(found.error().detail, Contains("bad") && Contains("size"));
}

TEST_CASE("sqlite: a list of more values than a statement is kept for is answered, again and again", "[engine]") {
  Opened db;
  db.fill(10);
  ListPlan plan = db.list_from(0, 200);
  plan.filter.condition.op = Operator::kIn;
  plan.count_exact = true;
  plan.filter.condition.operands.clear();
  for (std::int64_t i = 5; i < 4000; ++i) plan.filter.condition.operands.emplace_back(i);
  for (int i = 0; i < 3; ++i) {
    const auto listing = testing::run(db.loop, db.store->list(plan));
    REQUIRE(listing.has_value());
    CHECK(listing->records.size() == 5);
    CHECK(listing->total == 5);
  }
}

// provokes: storage_full
TEST_CASE("sqlite: a write that the disk has no room for is refused alone, in the middle of a group", "[engine]") {
  Opened db([](sqlite::Options& options) { options.max_page_count = 100; });
  const LockedFile locked(db.options.file);  // so that the writes gather into groups

  constexpr std::size_t kWrites = 40, kHuge = 20;
  std::vector<std::optional<Result<Written>>> answers(kWrites);
  for (std::size_t i = 0; i < kWrites; ++i) {
    WritePlan plan = db.create("w" + std::to_string(i), std::string(i == kHuge ? 1'000'000 : 100, 'x'));
    asio::co_spawn(db.loop, db.store->write(std::move(plan)),
                   [&answers, i](std::exception_ptr, Result<Written> answer) { answers[i] = std::move(answer); });
  }
  db.loop.restart();
  db.loop.poll();
  locked.release();
  db.loop.run();

  std::size_t accepted = 0;
  for (std::size_t i = 0; i < kWrites; ++i) {
    REQUIRE(answers[i].has_value());
    INFO("write " << i);
    CHECK(db.has("w" + std::to_string(i)) == answers[i]->has_value());
    accepted += answers[i]->has_value();
    if (answers[i]->has_error()) CHECK(describe(answers[i]->error().code).name == "storage_full");
  }
  CHECK(answers[kHuge]->has_error());
  CHECK(accepted == kWrites - 1);
  const bool still_writes = testing::run(db.loop, db.store->write(db.create("later", "Vis"))).has_value();
  CHECK(still_writes);
}

TEST_CASE("sqlite: writes of many turns are applied in order, one failing alone", "[engine]") {
  Opened db;
  std::vector<awaitable<Result<Written>>> writes;
  writes.push_back(db.store->write(db.create("a", "first")));
  writes.push_back(db.store->write(db.create("a", "second")));
  writes.push_back(db.store->write(db.create("b", "third")));
  const auto answers = testing::run_together(db.loop, std::move(writes));
  CHECK(answers[0].has_value());
  REQUIRE(answers[1].has_error());
  CHECK(answers[1].error().code == Code::kUniqueViolation);
  CHECK(answers[1].error().fields == std::vector<std::string>{"id"});
  CHECK(answers[2].has_value());
  const FindPlan plan{&db.model, testing::text("a")};
  CHECK(testing::run(db.loop, db.store->find(plan))->values[1] == testing::text("first"));
}

// provokes: overloaded
TEST_CASE("sqlite: a writer that cannot keep up says so at once, and keeps what it took", "[engine]") {
  Opened db;
  const LockedFile locked(db.options.file);
  constexpr std::size_t kWrites = 2 * 8192 + 1;  // what the writer took before it met the lock, what may wait, and one more
  std::vector<std::optional<Result<Written>>> answers(kWrites);
  for (std::size_t i = 0; i < kWrites; ++i) {
    asio::co_spawn(db.loop, db.store->write(db.create("w" + std::to_string(i), "Vis")),
                   [&answers, i](std::exception_ptr, Result<Written> answer) { answers[i] = std::move(answer); });
  }
  db.loop.restart();
  db.loop.poll();
  std::size_t refused = 0;
  for (const auto& answer : answers) refused += answer.has_value();
  CHECK(refused > 0);
  locked.release();
  db.loop.run();
  std::int64_t kept = 0;
  for (const auto& answer : answers) {
    REQUIRE(answer.has_value());
    kept += answer->has_value();
    if (answer->has_error()) CHECK(describe(answer->error().code).name == "overloaded");
  }
  CHECK(kept == static_cast<std::int64_t>(kWrites - refused));
  const CountPlan count{&db.model, Filter::all({})};
  CHECK(testing::run(db.loop, db.store->count(count)).value() == kept);
}
