#include "engine/testing/database.h"

#include <catch2/catch.hpp>

namespace holdfast::testing {

TestDatabase::TestDatabase(OpenEngine opener, Catalog models)
    : open_engine(std::move(opener)), catalog(std::make_unique<Catalog>(std::move(models))) {
  open();
}

void TestDatabase::open() {
  engine = open_engine(*catalog);
  store = engine->attach(loop);
}

void TestDatabase::close() {
  if (engine) engine->close();
  store.reset();
  engine.reset();
}

void TestDatabase::reopen(Catalog models) {
  close();
  catalog = std::make_unique<Catalog>(std::move(models));
  open();
}

WritePlan TestDatabase::create(const std::string& name, const std::string& id, Values values) const {
  return create_plan(model(name), text(id), std::move(values), clock.time);
}

WritePlan TestDatabase::patch(const std::string& name, const std::string& id, const Values& values) const {
  WritePlan plan = remove(name, id);
  plan.kind = WritePlan::Kind::kPatch;
  plan.values.assign(model(name).fields.size(), Value());
  for (const auto& [field, value] : values) plan.values[model(name).ordinal(field).value()] = value;
  return plan;
}

WritePlan TestDatabase::remove(const std::string& name, const std::string& id) const {
  WritePlan plan;
  plan.model = &model(name);
  plan.kind = WritePlan::Kind::kRemove;
  plan.id = text(id);
  plan.now = clock.time;
  return plan;
}

std::vector<Result<Written>> TestDatabase::write_all(std::vector<WritePlan> plans) {
  std::vector<awaitable<Result<Written>>> writes;
  for (WritePlan& plan : plans) writes.push_back(store->write(std::move(plan)));
  return run_together(loop, std::move(writes));
}

void TestDatabase::fill(std::vector<WritePlan> plans) {
  for (const Result<Written>& written : write_all(std::move(plans))) {
    if (written.has_error()) FAIL(written.error());
  }
}

Result<Record> TestDatabase::find(const std::string& name, const std::string& id) {
  const FindPlan plan{&model(name), text(id)};
  return run(loop, store->find(plan));
}

std::int64_t TestDatabase::count(const std::string& name) {
  const CountPlan plan{&model(name), Filter::all({})};
  return run(loop, store->count(plan)).value();
}

Error refusal(const Result<Written>& written, Code code) {
  if (written.has_value()) FAIL("it was written");
  INFO(written.error());
  REQUIRE(written.error().code == code);
  return written.error();
}

}  // namespace holdfast::testing
