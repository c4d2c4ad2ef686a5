#include "query/write_resolution.h"

#include <catch2/catch.hpp>

#include "model/record_json.h"
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
