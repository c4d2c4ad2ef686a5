#include "engine/testing/client.h"

#include <catch2/catch.hpp>

#include "engine/testing/fixture.h"
#include "model/record_json.h"

namespace holdfast::testing {
namespace {

const SecretKey kKey{};

Step step_of(Step::Kind kind, const std::string& collection, const std::string& id, Client::Members members) {
  Step step;
  step.kind = kind;
  step.collection = collection;
  step.id = id;
  step.members = std::move(members);
  return step;
}

}  // namespace

Client::Client(const OpenEngine& open, Catalog models)
    : catalog_(std::move(models)),
      planner_(catalog_, kKey),
      reader_(catalog_, planner_, [](const FindPlan&) { return std::nullopt; }),
      engine_(open(catalog_)),
      store_(engine_->attach(loop_)) {}

Result<Written> Client::post(const std::string& collection, const std::string& id, Members members) {
  members.insert(members.begin(), {"id", "\"" + id + "\""});
  return write(step_of(Step::Kind::kCreate, collection, "", std::move(members)));
}

Result<Written> Client::patch(const std::string& collection, const std::string& id, Members members) {
  return write(step_of(Step::Kind::kPatch, collection, id, std::move(members)));
}

Result<Written> Client::remove(const std::string& collection, const std::string& id) {
  return write(step_of(Step::Kind::kRemove, collection, id, {}));
}

Result<Written> Client::write(const Step& step) {
  Step timed = step;
  timed.now = time;
  INFO(timed.text());
  Question question = reader_.read(timed);
  REQUIRE(question.write);
  return run(loop_, store_->write(std::move(*question.write)));
}

void Client::write_all(const std::vector<WritePlan>& plans) {
  std::vector<awaitable<Result<Written>>> writes;
  for (const WritePlan& plan : plans) writes.push_back(store_->write(plan));
  for (const Result<Written>& written : run_together(loop_, std::move(writes))) {
    if (written.has_error()) FAIL(written.error());
  }
}

Result<ListPlan> Client::plan(const std::string& path, const std::vector<Parameter>& parameters) const {
  const std::size_t slash = path.find('/');
  return slash == std::string::npos ? planner_.list(model(path), parameters) : planner_.search(model(path.substr(0, slash)), parameters);
}

std::string Client::walk(const std::string& path, const std::string& query) {
  const std::vector<Parameter> parameters = parse_parameters(query).value();
  std::string ids;
  for (std::string cursor;;) {
    std::vector<Parameter> all = parameters;
    if (!cursor.empty()) all.push_back({"cursor", cursor});
    const Result<ListPlan> plan = this->plan(path, all);
    INFO(path << "?" << query);
    REQUIRE(plan.has_value());
    const Result<Listing> page = run(loop_, store_->list(*plan));
    REQUIRE(page.has_value());
    for (const Record& record : page->records) ids += (ids.empty() ? "" : " ") + record.values[0].text();
    if (!page->has_more) return ids;
    cursor = planner_.next_cursor(*plan, page->records.back(), page->last_rank, page->last_place);
    REQUIRE_FALSE(cursor.empty());
  }
}

std::int64_t Client::count(const std::string& collection, const std::string& query) {
  const CountPlan plan = planner_.count(model(collection), parse_parameters(query).value()).value();
  return run(loop_, store_->count(plan)).value();
}

Result<Record> Client::read(const std::string& collection, const std::string& id) {
  const FindPlan plan{&model(collection), text(id)};
  return run(loop_, store_->find(plan));
}

std::optional<Record> Client::find(const std::string& collection, const std::string& id) {
  Result<Record> found = read(collection, id);
  if (found) return std::move(*found);
  CHECK(found.error().code == Code::kNotFound);
  return std::nullopt;
}

std::string Client::json(const std::string& collection, const std::string& id) {
  const std::optional<Record> found = find(collection, id);
  std::string out;
  if (found) append_json(out, model(collection), *found);
  return out;
}

}  // namespace holdfast::testing
