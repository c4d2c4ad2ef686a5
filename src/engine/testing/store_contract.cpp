#include "engine/testing/store_contract.h"

#include <catch2/catch.hpp>

#include "engine/memory/engine.h"
#include "engine/testing/fixture.h"
#include "engine/testing/sample.h"
#include "model/record_json.h"

namespace holdfast::testing {
namespace {

// An opened engine with one store on one loop.
struct Opened {
  Opened(const OpenEngine& open, Catalog models) : catalog(std::move(models)), engine(open(catalog)), store(engine->attach(loop)) {}
  ~Opened() { engine->close(); }

  Result<Written> write(WritePlan plan) { return run(loop, store->write(std::move(plan))); }
  Result<Record> find(const Model& model, Value id) {
    const FindPlan plan{&model, std::move(id)};
    return run(loop, store->find(plan));
  }

  Catalog catalog;
  std::unique_ptr<Engine> engine;
  asio::io_context loop{1};
  std::unique_ptr<Store> store;
};

std::string json_of(const Model& model, const Record& record) {
  std::string out;
  append_json(out, model, record);
  return out;
}

Code code_of(const Result<Written>& result) {
  REQUIRE(result.has_error());
  return result.error().code;
}

WritePlan change_plan(const Model& model, WritePlan::Kind kind, Value id, std::vector<std::pair<std::string, Value>> values,
                      Milliseconds now) {
  WritePlan plan;
  plan.model = &model;
  plan.kind = kind;
  plan.id = std::move(id);
  plan.now = now;
  if (kind == WritePlan::Kind::kRemove) return plan;
  plan.values.assign(model.fields.size(), Value());
  for (auto& [name, value] : values) plan.values[model.ordinal(name).value()] = std::move(value);
  return plan;
}

void check_round_trip(Opened& db, const Model& model) {
  for (const WritePlan& plan : sample_records(model)) {
    const Result<Written> written = db.write(plan);
    REQUIRE(written.has_value());
    REQUIRE(written->after.has_value());
    CHECK_FALSE(written->before.has_value());
    CHECK(written->after->revision == 1);
    const Result<Record> found = db.find(model, plan.id);
    REQUIRE(found.has_value());
    CHECK(json_of(model, *found) == json_of(model, *written->after));
    CHECK(found->values == written->after->values);
    CHECK(found->revision == 1);
  }
  CHECK(db.find(model, text("nobody")).error().code == Code::kNotFound);
}

void check_changes(Opened& db, const Model& model) {
  using Kind = WritePlan::Kind;
  const Value id = text("changing");
  const Record made = *db.write(create_plan(model, id, {{"code", text("c-1")}, {"label", text("one")}}, 1000))->after;

  const Result<Written> patched = db.write(change_plan(model, Kind::kPatch, id, {{"label", text("two")}}, 2000));
  REQUIRE(patched.has_value());
  CHECK(patched->changed);
  CHECK(patched->before->values == made.values);
  CHECK(patched->after->revision == 2);
  CHECK(patched->after->values[model.updated_at()] == integer(2000));
  CHECK(patched->after->values[model.created_at()] == integer(1000));
  CHECK(db.find(model, id)->values == patched->after->values);

  const Result<Written> same = db.write(change_plan(model, Kind::kPatch, id, {{"label", text("two")}}, 3000));
  REQUIRE(same.has_value());
  CHECK_FALSE(same->changed);
  CHECK(same->after->revision == 2);
  CHECK(db.find(model, id)->values == patched->after->values);

  WritePlan stale = change_plan(model, Kind::kPatch, id, {{"label", text("three")}}, 4000);
  stale.if_match = EntityTags{false, {etag_of(model, made)}};
  CHECK(code_of(db.write(stale)) == Code::kPreconditionFailed);
  CHECK(db.find(model, id)->values == patched->after->values);
  stale.if_match->tags = {etag_of(model, *patched->after)};
  CHECK(db.write(stale).has_value());

  WritePlan claimed = change_plan(model, Kind::kPatch, id, {}, 5000);
  claimed.claims = {{model.created_at(), integer(1)}};
  CHECK(code_of(db.write(claimed)) == Code::kValidationFailed);

  std::vector<std::pair<std::string, Value>> whole{{"code", text("c-2")}, {"label", Value(Null{})}, {"tags", texts({"a", "b"})}};
  const Result<Written> replaced = db.write(change_plan(model, Kind::kReplace, id, whole, 6000));
  REQUIRE(replaced.has_value());
  CHECK(replaced->after->revision == 4);
  CHECK(db.find(model, id)->values == replaced->after->values);
}

void check_removal(Opened& db, const Model& model) {
  using Kind = WritePlan::Kind;
  const Value id = text("changing");
  WritePlan stale = change_plan(model, Kind::kRemove, id, {}, 0);
  stale.if_match = EntityTags{false, {"\"0-00000000\""}};
  CHECK(code_of(db.write(stale)) == Code::kPreconditionFailed);
  CHECK(db.find(model, id).has_value());
  const Result<Written> removed = db.write(change_plan(model, Kind::kRemove, id, {}, 0));
  REQUIRE(removed.has_value());
  CHECK(removed->before.has_value());
  CHECK_FALSE(removed->after.has_value());
  CHECK(db.find(model, id).error().code == Code::kNotFound);
  for (const Kind kind : {Kind::kRemove, Kind::kPatch, Kind::kReplace}) {
    CHECK(code_of(db.write(change_plan(model, kind, id, {}, 0))) == Code::kNotFound);
  }
}

void check_integer_ids(Opened& db, const Model& model) {
  const Result<Written> first = db.write(create_plan(model, {}, {{"name", text("a")}}));
  const Result<Written> second = db.write(create_plan(model, {}, {{"name", text("b")}}));
  REQUIRE((first.has_value() && second.has_value()));
  const std::int64_t id = second->after->values[0].integer();
  CHECK(id > first->after->values[0].integer());
  CHECK(db.find(model, integer(id))->values[1] == text("b"));
  REQUIRE(db.write(change_plan(model, WritePlan::Kind::kRemove, integer(id), {}, 0)).has_value());
  const Result<Written> third = db.write(create_plan(model, {}, {{"name", text("c")}}));
  CHECK(third->after->values[0].integer() > id);  // never reused
}

std::vector<std::string> clash_fields(const Result<Written>& result) {
  REQUIRE(result.has_error());
  REQUIRE(result.error().code == Code::kUniqueViolation);
  return result.error().fields;
}

std::unique_ptr<Engine> open_specification(const Catalog& catalog) {
  return memory::open(catalog);
}

// The engine and the specification with the same records.
struct Compared {
  Compared(const OpenEngine& open, Characters characters) : tested(open, sample_catalog()), expected(open_specification, sample_catalog()) {
    for (const WritePlan& plan : sample_records(tested_model(), characters)) REQUIRE(tested.write(plan).has_value());
    for (const WritePlan& plan : sample_records(expected_model(), characters)) REQUIRE(expected.write(plan).has_value());
  }

  const Model& tested_model() const { return *tested.catalog.find("things"); }
  const Model& expected_model() const { return *expected.catalog.find("things"); }

  Result<Listing> list(ListPlan plan) {
    plan.model = &tested_model();
    return run(tested.loop, tested.store->list(plan));
  }
  Listing expected_list(ListPlan plan) {
    plan.model = &expected_model();
    return run(expected.loop, expected.store->list(plan)).value();
  }

  Opened tested, expected;
};

// Lists and counts the filter, alone and negated.
void check_filter(Compared& db, const Filter& filter) {
  for (const Filter& tried : {filter, Filter::negated(filter)}) {
    ListPlan plan;
    plan.filter = tried;
    plan.sort = {{0, false}};
    plan.limit = 200;
    plan.count_exact = true;
    const Listing expected = db.expected_list(plan);
    const Result<Listing> listing = db.list(plan);
    INFO(describe(db.tested_model(), tried));
    REQUIRE(listing.has_value());
    CHECK(ids_of(listing->records) == ids_of(expected.records));
    CHECK(listing->total == expected.total);
    const CountPlan count{&db.tested_model(), tried};
    CHECK(run(db.tested.loop, db.tested.store->count(count)).value() == expected.total);
  }
}

// From the first page to the last, each page continued after the last record of the one before.
void check_walk(Compared& db, ListPlan plan) {
  std::vector<Value> walked;
  ListPlan everything = plan;
  everything.limit = 200;
  const std::vector<Value> expected = ids_of(db.expected_list(everything).records);
  for (std::size_t pages = 0; pages <= expected.size(); ++pages) {
    const Result<Listing> page = db.list(plan);
    REQUIRE(page.has_value());
    for (const Record& record : page->records) walked.push_back(record.values[0]);
    if (!page->has_more) break;
    REQUIRE(std::ssize(page->records) == plan.limit);
    plan.after.clear();
    for (const SortKey& key : plan.sort) plan.after.push_back(page->records.back().values[key.field]);
  }
  CHECK(walked == expected);
}

}  // namespace

void check_writes(const OpenEngine& open) {
  Opened db(open, sample_catalog());
  const Model& things = *db.catalog.find("things");
  check_round_trip(db, things);
  check_changes(db, things);
  check_removal(db, things);
  check_integer_ids(db, *db.catalog.find("counters"));
}

void check_unique_keys(const OpenEngine& open) {
  Opened db(open, sample_catalog());
  const Model& model = *db.catalog.find("things");
  using Fields = std::vector<std::string>;
  const auto create = [&](std::string id, std::string code, Value label, Value size) {
    return db.write(
        create_plan(model, text(std::move(id)), {{"code", text(std::move(code))}, {"label", std::move(label)}, {"size", std::move(size)}}));
  };
  REQUIRE(create("1", "a", text("x"), integer(1)).has_value());
  CHECK(clash_fields(create("2", "a", text("y"), integer(2))) == Fields{"code"});
  CHECK(clash_fields(create("2", "b", text("x"), integer(1))) == Fields{"label", "size"});
  CHECK(clash_fields(create("1", "a", text("x"), integer(1))) == Fields{"id", "code", "label", "size"});
  CHECK(db.find(model, text("2")).error().code == Code::kNotFound);
  CHECK(create("3", "c", text("x"), Value(Null{})).has_value());
  CHECK(create("4", "d", text("x"), Value(Null{})).has_value());
  const auto patch = [&](std::vector<std::pair<std::string, Value>> values) {
    return db.write(change_plan(model, WritePlan::Kind::kPatch, text("4"), std::move(values), 1));
  };
  CHECK(clash_fields(patch({{"size", integer(1)}, {"code", text("a")}})) == Fields{"code", "label", "size"});
  CHECK(patch({{"code", text("d2")}}).has_value());
  CHECK(create("5", "d", Value(Null{}), Value(Null{})).has_value());
}

void check_filters(const OpenEngine& open, Characters characters) {
  Compared db(open, characters);
  const std::vector<Filter> filters = sample_filters(db.tested_model(), characters);
  for (const Filter& filter : filters) check_filter(db, filter);
  // Pairs of neighbours, so that every kind meets another under `and`, `or` and `not`.
  for (std::size_t i = 0; i + 7 < filters.size(); i += 3) {
    check_filter(db, Filter::all({filters[i], Filter::negated(filters[i + 7])}));
    check_filter(db, Filter::any({Filter::negated(filters[i]), filters[i + 7]}));
  }
  check_filter(db, Filter::all({}));
  check_filter(db, Filter::any({}));
}

void check_order_and_pages(const OpenEngine& open, Characters characters) {
  Compared db(open, characters);
  for (const std::vector<SortKey>& sort : sample_sorts(db.tested_model())) {
    ListPlan plan;
    plan.sort = sort;
    INFO("sort " << describe(db.tested_model(), sort));
    for (const std::int64_t limit : {1, 3, 200}) {
      plan.limit = limit;
      check_walk(db, plan);
    }
    plan.limit = 5;
    plan.offset = 4;
    plan.fields = std::vector<std::size_t>{0, 2};
    const Result<Listing> page = db.list(plan);
    REQUIRE(page.has_value());
    const Listing expected = db.expected_list(plan);
    CHECK(page->has_more == expected.has_more);
    REQUIRE(ids_of(page->records) == ids_of(expected.records));
    for (std::size_t i = 0; i < expected.records.size(); ++i) CHECK(page->records[i].values == expected.records[i].values);
  }
}

}  // namespace holdfast::testing
