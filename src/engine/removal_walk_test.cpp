#include "engine/removal_walk.h"

#include <catch2/catch.hpp>

#include "engine/testing/fixture.h"

using namespace holdfast;
using testing::text;

namespace {

const std::string kHead = "type: object\nid: text\nproperties:\n";

// `teams` are referred to in every way, by `people` twice.
Catalog teams() {
  return testing::catalog_of(
      {{"teams", kHead + "  parent: { ref: teams, onDelete: cascade }\n"},
       {"people", kHead + "  team: { ref: teams }\n  second: { ref: teams }\n"},
       {"rooms", kHead + "  first: { ref: teams, onDelete: setNull }\n  last: { ref: teams, onDelete: setNull }\n"}});
}

RemovalAnswer records(const std::vector<std::string>& ids) {
  RemovalAnswer answer;
  for (const std::string& id : ids) answer.records.push_back({text(id), 0});
  return answer;
}
RemovalAnswer many(const std::string& prefix, std::int64_t count) {
  std::vector<std::string> ids;
  for (std::int64_t i = 0; i < count; ++i) ids.push_back(prefix + std::to_string(i));
  return records(ids);
}
RemovalAnswer counted(std::int64_t count) {
  RemovalAnswer answer;
  answer.count = count;
  return answer;
}

std::vector<std::string> ids_of(const std::vector<Value>& values) {
  std::vector<std::string> ids;
  for (const Value& value : values) ids.push_back(value.text());
  return ids;
}
using Ids = std::vector<std::string>;

}  // namespace

TEST_CASE("removal: asks level by level for what goes too, then at once for what forbids it and what lets go", "[engine]") {
  const Catalog catalog = teams();
  RemovalWalk walk(catalog.references(), *catalog.find("teams"), {text("a")});
  REQUIRE(walk.questions().size() == 1);
  CHECK(walk.questions()[0].kind == RemovalQuestion::Kind::kRecords);
  CHECK(ids_of(walk.questions()[0].any_of[0].ids) == Ids{"a"});
  CHECK(ids_of(walk.questions()[0].except) == Ids{"a"});
  CHECK(walk.questions()[0].limit == kCascadeLimit + 1);
  REQUIRE(walk.answer({records({"b", "c"})}).has_value());
  REQUIRE(walk.questions().size() == 1);
  CHECK(ids_of(walk.questions()[0].any_of[0].ids) == Ids{"b", "c"});
  CHECK(walk.questions()[0].limit == kCascadeLimit - 1);
  REQUIRE(walk.answer({records({"a", "d"})}).has_value());  // a circle ends
  REQUIRE(walk.answer({records({})}).has_value());

  REQUIRE(walk.questions().size() == 3);
  const RemovalQuestion& restricting = walk.questions()[0];
  CHECK(restricting.kind == RemovalQuestion::Kind::kCount);
  CHECK(restricting.model->name == "people");
  REQUIRE(restricting.any_of.size() == 2);
  CHECK(ids_of(restricting.any_of[1].ids) == Ids{"a", "b", "c", "d"});
  CHECK(restricting.except.empty());
  CHECK(walk.questions()[1].model->name == "rooms");
  REQUIRE(walk.answer({counted(0), records({"r1", "r2"}), records({"r2"})}).has_value());
  CHECK(walk.questions().empty());

  REQUIRE(walk.gone().size() == 4);
  CHECK(walk.gone()[0].record.id == text("a"));
  CHECK(walk.gone()[3].record.id == text("d"));
  REQUIRE(walk.nulled().size() == 2);
  CHECK(walk.nulled()[0].fields == std::vector<std::size_t>{1});
  CHECK(walk.nulled()[1].fields == std::vector<std::size_t>{1, 2});
  Record before;
  before.values = {text("r2"), text("a"), text("b")};
  before.revision = 4;
  const Record after = without_references(walk.nulled()[1], before, 7);
  CHECK(after.values == std::vector<Value>{text("r2"), Value(Null{}), Value(Null{})});
  CHECK(after.revision == 5);
}

TEST_CASE("removal: is refused by what restricts it, before any limit", "[engine]") {
  const Catalog catalog = teams();
  RemovalWalk walk(catalog.references(), *catalog.find("teams"), {text("a")});
  REQUIRE(walk.answer({records({})}).has_value());
  const Result<void> refused = walk.answer({counted(2), many("r", kCascadeLimit + 1), records({})});
  REQUIRE(refused.has_error());
  CHECK(refused.error().collection == "people");
  CHECK(refused.error().count == 2);
}

TEST_CASE("removal: of too many asks how many they are, to tell it", "[engine]") {
  const Catalog catalog = teams();
  RemovalWalk walk(catalog.references(), *catalog.find("teams"), {text("a")});
  REQUIRE(walk.answer({many("b", 10)}).has_value());
  REQUIRE(walk.answer({many("c", kCascadeLimit - 9)}).has_value());
  REQUIRE(walk.questions().size() == 1);
  CHECK(walk.questions()[0].kind == RemovalQuestion::Kind::kCount);
  CHECK(walk.questions()[0].any_of[0].ids.size() == 10);
  CHECK(walk.questions()[0].except.size() == 11);
  const Result<void> refused = walk.answer({counted(77'000)});
  REQUIRE(refused.has_error());
  CHECK(refused.error().collection == "teams");
  CHECK(refused.error().count == 77'010);
}

TEST_CASE("removal: counts a record that lets go twice once, against the limit too", "[engine]") {
  const Catalog catalog = teams();
  RemovalWalk walk(catalog.references(), *catalog.find("teams"), {text("a")});
  REQUIRE(walk.answer({records({})}).has_value());
  REQUIRE(walk.answer({counted(0), many("r", kCascadeLimit), many("r", kCascadeLimit)}).has_value());
  CHECK(walk.questions().empty());
  CHECK(walk.nulled().size() == static_cast<std::size_t>(kCascadeLimit));

  RemovalWalk other(catalog.references(), *catalog.find("teams"), {text("a")});
  REQUIRE(other.answer({records({})}).has_value());
  REQUIRE(other.answer({counted(0), many("r", kCascadeLimit), many("s", 1)}).has_value());
  REQUIRE(other.questions().size() == 1);
  CHECK(other.questions()[0].except.size() == static_cast<std::size_t>(kCascadeLimit));
  CHECK(other.answer({counted(1)}).error().count == kCascadeLimit + 1);
}
