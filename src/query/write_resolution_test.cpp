#include "query/write_resolution.h"

#include <catch2/catch.hpp>

#include "model/record_json.h"
#include "model/testing_nested.h"
#include "query/testing_model.h"

using namespace holdfast;

namespace {

// 0 id · 1 name · 2 size · 3 createdAt · 4 updatedAt
const Model kModel =
    testing::model_of("things", IdKind::kText, {testing::text_field("name", 10), testing::field("size", Kind::kInteger)}, true);
constexpr Milliseconds kThen = 1'000;
constexpr Milliseconds kNow = 2'000;

Value text(const char* value) {
  return Value(std::string(value));
}

Record stored() {
  return {{text("a"), text("nut"), Value(std::int64_t{5}), Value(kThen), Value(kThen)}, 7};
}

WritePlan plan(WritePlan::Kind kind, Value name, Value size) {
  WritePlan plan;
  plan.model = &kModel;
  plan.kind = kind;
  plan.id = text("a");
  plan.values = {Value(), std::move(name), std::move(size), Value(), Value()};
  plan.now = kNow;
  return plan;
}
WritePlan patch(Value name, Value size) {
  return plan(WritePlan::Kind::kPatch, std::move(name), std::move(size));
}

const Model kOrders = testing::nested_model();

// The plan that a body makes.
WritePlan sent(WritePlan::Kind kind, BodyMode mode, std::string_view body) {
  Draft draft = validate(kOrders, parse_json(body, 64).value(), mode);
  REQUIRE(draft.errors.empty());
  WritePlan plan;
  plan.model = &kOrders;
  plan.kind = kind;
  plan.id = text("0190a5b8-7c3e-7abc-8def-0123456789ab");
  plan.values = std::move(draft.values);
  plan.claims = std::move(draft.claims);
  plan.now = kNow;
  return plan;
}
WritePlan replacing(std::string_view body) {
  return sent(WritePlan::Kind::kReplace, BodyMode::kReplace, body);
}
WritePlan patching(std::string_view body) {
  return sent(WritePlan::Kind::kPatch, BodyMode::kPatch, body);
}
Record created(std::string_view body) {
  WritePlan plan = sent(WritePlan::Kind::kCreate, BodyMode::kCreate, body);
  plan.now = kThen;
  return resolve_create(plan);
}

std::string answer(const Record& record) {
  std::string json;
  append_json(json, kOrders, record);
  return json;
}

// One member of the answer.
std::string answer(const Result<Resolution>& resolution, std::string_view name) {
  if (!resolution) return std::string(describe(resolution.error().code).name);
  const std::size_t ordinal = *kOrders.ordinal(name);
  std::string json;
  append_json_value(json, kOrders.fields[ordinal], resolution->after.values[ordinal]);
  return json;
}

constexpr const char* kOrder =
    R"({"secret":"x","address":{"city":"Nice","rent":"12.5","geo":{"lat":1,"note":null},"extra":{"b":1,"a":[1.0]}},
        "lines":[{"sku":"a","price":"1234567890123456.78","at":"2026-01-01T00:00:00Z"}],"meta":{"z":1,"é":{"a":null}},"notes":[{"n":1e2}],
        "owner":"0190a5b8-7c3e-7abc-8def-0123456789ab","room":3})";

EntityTags tags(std::vector<std::string> list) {
  return {false, std::move(list)};
}
const EntityTags kAny{true, {}};

}  // namespace

TEST_CASE("create: values of the plan, both timestamps now, revision 1", "[query]") {
  const Record record = resolve_create(plan(WritePlan::Kind::kCreate, text("nut"), Null{}));
  CHECK((record.values == std::vector<Value>{text("a"), text("nut"), Null{}, Value(kNow), Value(kNow)}));
  CHECK(record.revision == 1);
}

TEST_CASE("create: an id that the client gave stands, one that the database makes stays absent", "[query]") {
  WritePlan create = plan(WritePlan::Kind::kCreate, text("nut"), Null{});
  create.id = Value();
  create.values[0] = text("mine");
  CHECK((resolve_create(create).values[0] == text("mine")));
  create.values[0] = Value();
  CHECK(resolve_create(create).values[0].is_absent());
}

TEST_CASE("patch: changes what was sent, moves updatedAt and the revision", "[query]") {
  const auto resolution = resolve_update(patch(Value(), Null{}), stored());
  REQUIRE(resolution.has_value());
  CHECK(resolution->changed);
  CHECK((resolution->after.values == std::vector<Value>{text("a"), text("nut"), Null{}, Value(kThen), Value(kNow)}));
  CHECK(resolution->after.revision == 8);
}

TEST_CASE("replace: keeps the id and createdAt", "[query]") {
  const auto resolution = resolve_update(plan(WritePlan::Kind::kReplace, text("bolt"), Null{}), stored());
  REQUIRE(resolution.has_value());
  CHECK((resolution->after.values == std::vector<Value>{text("a"), text("bolt"), Null{}, Value(kThen), Value(kNow)}));
}

TEST_CASE("update: one that changes nothing keeps updatedAt and the revision", "[query]") {
  for (const WritePlan& plan : {patch(Value(), Value()), patch(text("nut"), Value(std::int64_t{5})),
                                plan(WritePlan::Kind::kReplace, text("nut"), Value(std::int64_t{5}))}) {
    const auto resolution = resolve_update(plan, stored());
    REQUIRE(resolution.has_value());
    CHECK_FALSE(resolution->changed);
    CHECK((resolution->after.values == stored().values));
    CHECK(resolution->after.revision == 7);
  }
}

TEST_CASE("update: the first change of a record written by others makes revision 1", "[query]") {
  Record foreign = stored();
  foreign.revision = 0;
  CHECK(resolve_update(patch(text("bolt"), Value()), foreign)->after.revision == 1);
}

TEST_CASE("claims: hold when equal to what is stored, else read_only for each in model order", "[query]") {
  WritePlan update = patch(text("bolt"), Value());
  update.claims = {{4, Value(kThen)}, {0, text("a")}, {3, Value(kThen)}};
  CHECK(resolve_update(update, stored()).has_value());

  update.claims = {{4, Value(kNow)}, {3, Value(kThen)}, {0, Value()}};
  const auto refused = resolve_update(update, stored());
  REQUIRE(refused.has_error());
  CHECK(refused.error().code == Code::kValidationFailed);
  REQUIRE(refused.error().errors.size() == 2);
  CHECK(refused.error().errors[0].pointer == "/id");
  CHECK(refused.error().errors[0].code == "read_only");
  CHECK(refused.error().errors[1].pointer == "/updatedAt");
}

TEST_CASE("update: leaves the preconditions to the engine, which checks references before them", "[query]") {
  WritePlan update = patch(text("bolt"), Value());
  update.if_match = tags({"\"other\""});
  CHECK(resolve_update(update, stored())->changed);
  update.claims = {{0, text("b")}};
  CHECK(resolve_update(update, stored()).error().code == Code::kValidationFailed);
}

TEST_CASE("replace: an object that was fetched can be put back, and nothing changes", "[query]") {
  for (const char* body : {kOrder, R"({"secret":"x"})"}) {
    CAPTURE(body);
    const Record before = created(body);
    const WritePlan plan = replacing(answer(before));
    CHECK(plan.claims.size() == 7);
    const auto resolution = resolve_update(plan, before);
    REQUIRE(resolution.has_value());
    CHECK((resolution->after.values == before.values));
    CHECK_FALSE(resolution->changed);
  }
}

TEST_CASE("patch: of a fetched object changes nothing, save that null means remove inside free-form JSON too", "[query]") {
  const Record before = created(kOrder);
  const auto resolution = resolve_update(patching(answer(before)), before);
  CHECK(answer(resolution, "meta") == R"({"z":1,"é":{}})");
  Record after = resolution->after;
  after.values[*kOrders.ordinal("meta")] = before.values[*kOrders.ordinal("meta")];
  after.values[kOrders.updated_at()] = before.values[kOrders.updated_at()];
  CHECK((after.values == before.values));
}

TEST_CASE("replace: keeps read-only values, and write-only ones that are left out", "[query]") {
  Record before = created(kOrder);
  before.values[*kOrders.ordinal("marks")] = Value(Value::Array{Value(std::int64_t{1})});
  const auto resolution = resolve_update(replacing("{}"), before);
  REQUIRE(resolution.has_value());
  CHECK(resolution->after.revision == 2);
  CHECK(answer(resolution, "secret") == "\"x\"");
  CHECK(answer(resolution, "marks") == "[1]");
  CHECK(answer(resolution, "serial") == "1.50");
  CHECK(answer(resolution, "address") == "null");
  CHECK(answer(resolution, "settings") == R"({"theme":"light"})");
  CHECK(answer(resolve_update(replacing(R"({"secret":"y"})"), before), "secret") == "\"y\"");
}

TEST_CASE("claims: of arrays, objects and free-form JSON hold when all of it is equal", "[query]") {
  Record before = created(kOrder);
  before.values[*kOrders.ordinal("seal")] = Value(Value::Array{text("a"), Value(std::int64_t{150})});
  before.values[*kOrders.ordinal("stamp")] = text(R"({"a":1,"b":[]})");
  for (const char* held : {R"({"seal":{"by":"a","weight":"1.5"},"stamp":{"b":[],"a":1.0}})", R"({"marks":[],"serial":1.5})"})
    CHECK(resolve_update(patching(held), before).has_value());
  const auto refused =
      resolve_update(patching(R"({"stamp":{"a":1},"seal":{"by":"a"},"marks":[1],"serial":null,"address":{"city":"Lyon"}})"), before);
  REQUIRE(refused.has_error());
  std::string failures;
  for (const FieldError& error : refused.error().errors) failures += error.pointer + " " + error.code + "\n";
  CHECK(failures == "/serial read_only\n/seal read_only\n/marks read_only\n/stamp read_only\n");
}

TEST_CASE("patch: merges objects with what is stored, and one that changes nothing keeps the revision", "[query]") {
  const Record before = created(kOrder);
  const auto resolution = resolve_update(patching(R"({"address":{"geo":{"lat":2},"extra":{"b":null}},"meta":{"y":0}})"), before);
  CHECK(answer(resolution, "address") ==
        R"({"street":null,"city":"Nice","country":"FR","rent":12.50,"geo":{"lat":2,"note":null,"tags":[]},"extra":{"a":[1]}})");
  CHECK(answer(resolution, "meta") == R"({"y":0,"z":1,"é":{"a":null}})");
  CHECK(resolution->after.revision == 2);
  for (const char* idle : {R"({"address":{}})", R"({"address":{"geo":{"lat":1.0,"note":null},"extra":{"b":1,"x":null}}})", R"({"meta":{}})",
                           R"({"settings":null,"options":null})", R"({"address":{"country":null,"street":null}})"}) {
    CAPTURE(idle);
    const auto same = resolve_update(patching(idle), before);
    CHECK_FALSE(same->changed);
    CHECK((same->after.values == before.values));
    CHECK(same->after.revision == 1);
  }
}

TEST_CASE("patch: what an object made anew lacks is told beside the claims that do not hold, in model order", "[query]") {
  const Record before = created(R"({"secret":"x"})");
  const WritePlan patch = patching(R"({"serial":9,"id":"x","address":{"geo":{}}})");
  std::string failures;
  for (const FieldError& error : errors_against(patch, before)) failures += error.pointer + " " + error.code + "\n";
  CHECK(failures == "/id read_only\n/address/city required\n/address/geo/lat required\n/address/geo/note required\n/serial read_only\n");
  CHECK(resolve_update(patch, before).error().errors.size() == 5);
  CHECK(errors_against(patching(R"({"address":{"city":"a"}})"), before).empty());
}

TEST_CASE("create: at the id of a URL, which the body may repeat", "[query]") {
  for (const auto& [body, refused] : {std::pair{R"({"secret":"x"})", false},
                                      {R"({"secret":"x","id":"0190A5B8-7C3E-7ABC-8DEF-0123456789AB"})", false},
                                      {R"({"secret":"x","id":"0190a5b8-7c3e-7abc-8def-0123456789ac"})", true}}) {
    const WritePlan plan = sent(WritePlan::Kind::kCreate, BodyMode::kCreateAt, body);
    CHECK(errors_against(plan, resolve_create(plan)).empty() != refused);
  }
}

TEST_CASE("upsert: becomes a patch of the record that it met", "[query]") {
  const Record before = created(kOrder);
  WritePlan create = sent(WritePlan::Kind::kCreate, BodyMode::kCreate, R"({"secret":"y","address":{"city":"Lyon"}})");
  create.id = text("0190a5b8-7c3e-7abc-8def-ffffffffffff");
  create.if_none_match = kAny;
  create.upsert = Upsert{{1}, patching(R"({"secret":"y","address":{"city":"Lyon"}})").values, {{0, before.values[0]}}};
  create.idempotency = Idempotency{"k", "f"};
  const WritePlan patch = as_patch(create, before);
  CHECK(patch.kind == WritePlan::Kind::kPatch);
  CHECK((patch.id == before.values[0]));
  CHECK(patch.claims.size() == 1);
  CHECK(check_preconditions(patch, before).has_value());
  CHECK_FALSE(patch.upsert.has_value());
  CHECK_FALSE(patch.idempotency.has_value());
  const auto resolution = resolve_update(patch, before);
  CHECK(answer(resolution, "id") == "\"0190a5b8-7c3e-7abc-8def-0123456789ab\"");
  CHECK(answer(resolution, "secret") == "\"y\"");
  CHECK(answer(resolution, "room") == "3");
  CHECK(answer(resolution, "address") ==
        R"({"street":null,"city":"Lyon","country":"FR","rent":12.50,"geo":{"lat":1,"note":null,"tags":[]},"extra":{"a":[1],"b":1}})");
  CHECK((resolution->after.values[kOrders.updated_at()] == Value(kNow)));
}

TEST_CASE("references: those are checked that are not null and that the write sets anew", "[query]") {
  const std::size_t owner = *kOrders.ordinal("owner");
  const std::size_t room = *kOrders.ordinal("room");
  const Record before = created(kOrder);
  CHECK(references_to_check(kOrders, nullptr, before) == std::vector<std::size_t>{owner, room});
  CHECK(references_to_check(kOrders, &before, before).empty());
  const auto after = [&](const char* body) { return resolve_update(patching(body), before)->after; };
  CHECK(references_to_check(kOrders, &before, after(R"({"room":4})")) == std::vector<std::size_t>{room});
  CHECK(references_to_check(kOrders, &before, after(R"({"room":null,"owner":null})")).empty());
  CHECK(references_to_check(kOrders, &before, after(R"({"shelf":"a","room":3})")) == std::vector<std::size_t>{*kOrders.ordinal("shelf")});
}

TEST_CASE("entity tags: strong and weak comparison as in RFC 9110 §8.8.3.2", "[query]") {
  struct Row {
    const char *a, *b;
    bool strong, weak;
  };
  for (const auto& [a, b, strong, weak] : {Row{"W/\"1\"", "W/\"1\"", false, true}, Row{"W/\"1\"", "W/\"2\"", false, false},
                                           Row{"W/\"1\"", "\"1\"", false, true}, Row{"\"1\"", "\"1\"", true, true}}) {
    CAPTURE(a, b);
    CHECK(matches_strongly(tags({a}), b) == strong);
    CHECK(matches_strongly(tags({b}), a) == strong);
    CHECK(matches_weakly(tags({a}), b) == weak);
    CHECK(matches_weakly(tags({b}), a) == weak);
  }
}

TEST_CASE("preconditions: If-Match compares strongly with the record before", "[query]") {
  const std::string etag = etag_of(kModel, stored());
  WritePlan update = patch(text("bolt"), Value());
  const auto code = [&] {
    const auto checked = check_preconditions(update, stored());
    return checked ? std::string("ok") : std::string(describe(checked.error().code).name);
  };
  update.if_match = tags({"\"other\"", etag});
  CHECK(code() == "ok");
  update.if_match = kAny;
  CHECK(code() == "ok");
  update.if_match = tags({"W/" + etag});
  CHECK(code() == "precondition_failed");
  update.if_match = tags({});
  CHECK(code() == "precondition_failed");
  update.if_match = tags({etag_of(kModel, resolve_update(patch(text("bolt"), Value()), stored())->after)});
  CHECK(code() == "precondition_failed");
}

TEST_CASE("preconditions: If-None-Match compares weakly and excludes", "[query]") {
  const std::string etag = etag_of(kModel, stored());
  WritePlan remove = patch(Value(), Value());
  remove.kind = WritePlan::Kind::kRemove;
  remove.values.clear();
  CHECK(check_preconditions(remove, stored()).has_value());
  remove.if_none_match = tags({"\"other\""});
  CHECK(check_preconditions(remove, stored()).has_value());
  for (const EntityTags& excluded : {kAny, tags({etag}), tags({"\"other\"", "W/" + etag})}) {
    remove.if_none_match = excluded;
    REQUIRE(check_preconditions(remove, stored()).has_error());
    CHECK(check_preconditions(remove, stored()).error().code == Code::kPreconditionFailed);
  }
}

TEST_CASE("preconditions count also when nothing would change", "[query]") {
  WritePlan update = patch(Value(), Value());
  update.if_match = tags({"\"other\""});
  CHECK_FALSE(resolve_update(update, stored())->changed);
  CHECK(check_preconditions(update, stored()).error().code == Code::kPreconditionFailed);
}
