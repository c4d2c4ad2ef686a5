#include <catch2/catch.hpp>
#include <cstdint>

#include "model/record_json.h"
#include "model/testing_nested.h"
#include "query/write_resolution.h"

using namespace holdfast;

namespace {

const Model kOrders = testing::nested_model();

// Bodies by chance: mostly sound, with members left out, nulls, and now and then a value of another type.
class Bodies {
 public:
  std::string body() {
    std::string json = R"({"secret":"x")";
    for (const Field& field : kOrders.fields) {
      const bool kept = field.role != Role::kProperty || field.read_only || field.write_only;
      if (!kept && chance(2)) json += ",\"" + field.name + "\":" + value(field);
    }
    return json + "}";
  }

 private:
  bool chance(unsigned of) { return next() % of == 0; }
  std::string pick(std::initializer_list<const char*> texts) { return texts.begin()[next() % texts.size()]; }

  std::string value(const Field& field) {
    if (chance(6)) return "null";
    if (chance(60)) return pick({"true", "[]", "{}", "\"\"", "0"});
    switch (field.kind) {
      case Kind::kObject:
        return object(field);
      case Kind::kJson:
        return free_form(2);
      case Kind::kArray: {
        std::string items;
        for (std::size_t i = next() % 3; i > 0; --i) items += (items.empty() ? "" : ",") + item(*field.element);
        return "[" + items + "]";
      }
      case Kind::kDateTime:
        return pick({"\"2026-01-01T00:00:00Z\"", "\"0001-01-01T00:00:00+00:00\"", "\"2026-01-01T00:00:00.5-12:00\""});
      case Kind::kDecimal:
        return pick({"1", "-0.00", "\"12.50\"", "1e2", "-9999.99"});
      case Kind::kNumber:
        return pick({"1", "-0.0", "1e300", "0.1", "9007199254740993"});
      case Kind::kInteger:
        return pick({"1", "-9223372036854775808", "9.0", "1e2"});
      default:
        return field.format == Format::kUuid       ? pick({"\"0190A5B8-7C3E-7ABC-8DEF-0123456789AB\""})
               : field.format == Format::kObjectId ? pick({"\"507F1F77BCF86CD799439011\""})
                                                   : pick({"\"a\"", "\"B.~\"", "\"1-_\""});
    }
  }

  std::string item(const Field& element) {
    std::string json = value(element);
    return json == "null" ? "{}" : json;
  }

  std::string object(const Field& field) {
    std::string members;
    for (const Field& member : field.properties) {
      if (chance(3)) continue;
      members += (members.empty() ? "\"" : ",\"") + member.name + "\":" + value(member);
    }
    return "{" + members + "}";
  }

  std::string free_form(int depth) {
    std::string members;
    for (const char* name : {"b", "a", "é"}) {
      if (chance(2)) continue;
      const std::string inner =
          depth > 0 && chance(2) ? free_form(depth - 1) : pick({"null", "1.0", "[null,{\"b\":null}]", "\"\\u0041\"", "{}"});
      members += (members.empty() ? "\"" : ",\"") + std::string(name) + "\":" + inner;
    }
    return "{" + members + "}";
  }

  // Knuth's MMIX generator: the same bodies at every run.
  std::uint64_t next() {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return state_ >> 33;
  }

  std::uint64_t state_ = 20261123;
};

WritePlan plan_of(WritePlan::Kind kind, Draft draft) {
  WritePlan plan;
  plan.model = &kOrders;
  plan.kind = kind;
  plan.id = Value(std::string("0190a5b8-7c3e-7abc-8def-0123456789ab"));
  plan.values = std::move(draft.values);
  plan.claims = std::move(draft.claims);
  plan.now = 1'000;
  return plan;
}

Draft read(const std::string& body, BodyMode mode) {
  return validate(kOrders, parse_json(body, 64).value(), mode);
}

std::string answer(const Record& record) {
  std::string json;
  append_json(json, kOrders, record);
  return json;
}

// Nothing of it is lost in a column, and as it is answered it may be put back, which changes nothing.
void check_sound(const Record& record) {
  for (std::size_t i = 0; i < record.values.size(); ++i) {
    if (kOrders.fields[i].is_scalar() || record.values[i].is_null()) continue;
    std::string column;
    append_stored_json(column, kOrders.fields[i], record.values[i]);
    REQUIRE(parse_stored(kOrders.fields[i], column).value() == record.values[i]);
  }
  Draft draft = read(answer(record), BodyMode::kReplace);
  REQUIRE(draft.errors.empty());
  REQUIRE_FALSE(resolve_update(plan_of(WritePlan::Kind::kReplace, std::move(draft)), record)->changed);
}

}  // namespace

TEST_CASE("writes: whatever creates, replacements and patches follow each other, the record is sound and can be put back", "[query]") {
  Bodies bodies;
  std::optional<Record> record;
  int patched = 0;
  for (int i = 0; i < 6'000; ++i) {
    const std::string body = bodies.body();
    CAPTURE(i, body);
    const bool patches = record && i % 4 != 0;
    Draft draft = read(body, patches ? BodyMode::kPatch : record ? BodyMode::kReplace : BodyMode::kCreate);
    if (!draft.errors.empty()) continue;
    if (!record) {
      record = resolve_create(plan_of(WritePlan::Kind::kCreate, std::move(draft)));
    } else {
      const WritePlan plan = plan_of(patches ? WritePlan::Kind::kPatch : WritePlan::Kind::kReplace, std::move(draft));
      Result<Resolution> resolution = resolve_update(plan, *record);
      REQUIRE(resolution.has_value() == errors_against(plan, *record).empty());
      if (!resolution) continue;
      REQUIRE(resolution->changed == (answer(resolution->after) != answer(*record)));
      REQUIRE_FALSE(resolve_update(plan, resolution->after)->changed);  // a merge patch twice is the patch once
      patched += patches && resolution->changed ? 1 : 0;
      record = std::move(resolution->after);
    }
    check_sound(*record);
  }
  CHECK(patched > 200);
}
