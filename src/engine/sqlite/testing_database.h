#pragma once
// For tests: an engine on a fresh file, several collections that refer to each other, writes by name.

#include <catch2/catch.hpp>

#include "engine/sqlite/connection.h"
#include "engine/testing/fixture.h"

namespace holdfast::sqlite::testing {

using namespace holdfast::testing;
using Values = std::vector<std::pair<std::string, Value>>;

// Another program on the same file.
class OtherProgram {
 public:
  explicit OtherProgram(const std::filesystem::path& file) {
    sqlite3* raw = nullptr;
    REQUIRE(sqlite3_open(file.c_str(), &raw) == SQLITE_OK);
    database_.reset(raw);
    sqlite3_busy_timeout(raw, 5000);
  }
  int run(const char* text) const { return execute(database_.get(), text); }
  std::int64_t answer(const char* text) const {
    const PreparedStatement statement = prepare(database_.get(), text, false);
    REQUIRE(statement != nullptr);
    REQUIRE(sqlite3_step(statement.get()) == SQLITE_ROW);
    return sqlite3_column_int64(statement.get(), 0);
  }

 private:
  Database database_;
};

struct TestDatabase {
  explicit TestDatabase(Catalog models) : catalog(std::make_unique<Catalog>(std::move(models))) {
    options.file = folder.path() / "holdfast.db";
    open();
  }
  ~TestDatabase() { close(); }

  void open() {
    engine = sqlite::open(options, *catalog, clock);
    store = engine->attach(loop);
  }
  void close() {
    if (engine) engine->close();
    store.reset();
    engine.reset();
  }
  void reopen(Catalog models) {
    close();
    catalog = std::make_unique<Catalog>(std::move(models));
    open();
  }
  OtherProgram other() const { return OtherProgram(options.file); }

  const Model& model(const std::string& name) const { return *catalog->find(name); }
  WritePlan create(const std::string& name, const std::string& id, Values values = {}) const {
    return create_plan(model(name), text(id), std::move(values), clock.time);
  }
  WritePlan patch(const std::string& name, const std::string& id, Values values) const {
    WritePlan plan = remove(name, id);
    plan.kind = WritePlan::Kind::kPatch;
    plan.values.assign(model(name).fields.size(), Value());
    for (auto& [field, value] : values) plan.values[model(name).ordinal(field).value()] = std::move(value);
    return plan;
  }
  WritePlan remove(const std::string& name, const std::string& id) const {
    WritePlan plan;
    plan.model = &model(name);
    plan.kind = WritePlan::Kind::kRemove;
    plan.id = text(id);
    plan.now = clock.time;
    return plan;
  }

  Result<Written> write(WritePlan plan) { return run(loop, store->write(std::move(plan))); }
  // In as few groups as the writer likes; in order.
  std::vector<Result<Written>> write_all(std::vector<WritePlan> plans) {
    std::vector<awaitable<Result<Written>>> writes;
    for (WritePlan& plan : plans) writes.push_back(store->write(std::move(plan)));
    return run_together(loop, std::move(writes));
  }
  // All must succeed.
  void fill(std::vector<WritePlan> plans) {
    for (const Result<Written>& written : write_all(std::move(plans))) {
      if (written.has_error()) FAIL(written.error());
    }
  }
  void made(const std::string& name, const std::string& id, Values values = {}) { fill({create(name, id, std::move(values))}); }

  Result<Record> find(const std::string& name, const std::string& id) {
    const FindPlan plan{&model(name), text(id)};
    return run(loop, store->find(plan));
  }
  bool has(const std::string& name, const std::string& id) { return find(name, id).has_value(); }
  std::int64_t count(const std::string& name) {
    const CountPlan plan{&model(name), Filter::all({})};
    return run(loop, store->count(plan)).value();
  }

  TemporaryFolder folder;
  FixedClock clock;
  std::unique_ptr<const Catalog> catalog;
  Options options;
  asio::io_context loop{1};
  std::unique_ptr<Engine> engine;
  std::unique_ptr<Store> store;
};

// The error of a write that was refused, which must have this code.
inline Error refusal(const Result<Written>& written, Code code) {
  if (written.has_value()) FAIL("it was written");
  INFO(written.error());
  REQUIRE(written.error().code == code);
  return written.error();
}

}  // namespace holdfast::sqlite::testing
