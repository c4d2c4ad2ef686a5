// The largest questions that the planner admits are questions that SQLite can read: its parser holds 100 things, its conditions 1,000
// terms.

#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "engine/sqlite/engine.h"
#include "engine/testing/fixture.h"
#include "query/filter_parser.h"

using namespace holdfast;

namespace {

constexpr int kSizes = 40;  // size0 … size39

Catalog wide_catalog() {
  std::string yaml =
      "type: object\nid: text\nproperties:\n  tags: { type: array, items: { type: string, maxLength: 20 } }\n"
      "  keys: { type: array, items: { type: integer } }\n";
  for (int i = 0; i < kSizes; ++i) yaml += fmt::format("  size{}: {{ type: integer }}\n", i);
  return testing::catalog_of({{"items", yaml + "indexes: [[tags]]\n"}});
}

struct Opened {
  Opened() {
    options.file = folder.path() / "holdfast.db";
    engine = sqlite::open(options, catalog, clock);
    store = engine->attach(loop);
  }
  ~Opened() { engine->close(); }

  void create(const std::string& id, std::vector<std::pair<std::string, Value>> values) {
    REQUIRE(testing::run(loop, store->write(testing::create_plan(model, testing::text(id), std::move(values)))).has_value());
  }
  std::string ids(const ListPlan& plan) {
    const Result<Listing> listing = testing::run(loop, store->list(plan));
    if (!listing) return listing.error().detail;
    std::string out;
    for (const Record& record : listing->records) out += record.values[0].text();
    return out;
  }
  std::string ids(Filter filter) {
    ListPlan plan;
    plan.model = &model;
    plan.sort = {{0, false}};
    plan.filter = std::move(filter);
    return ids(plan);
  }
  std::string ids(const std::string& text) { return ids(parse_filter(model, text).value()); }

  testing::TemporaryFolder folder;
  testing::FixedClock clock;
  Catalog catalog = wide_catalog();
  const Model& model = *catalog.find("items");
  sqlite::Options options;
  std::unique_ptr<Engine> engine;
  asio::io_context loop{1};
  std::unique_ptr<Store> store;
};

// `size0 = 1 or (size0 = 2 and (…` so deep, `leaf` in the middle.
std::string nested(int depth, const std::string& opening, const std::string& leaf) {
  std::string text;
  std::string end;
  for (int i = 0; i < depth; ++i) {
    text += i % 2 == 0 ? "size0 = 1 or " + opening : "size1 = 0 and " + opening;
    end += ")";
  }
  return text + leaf + end;
}

Filter has_all(const Model& model, const char* field, std::vector<Value> operands) {
  Condition condition;
  condition.field = model.ordinal(field).value();
  condition.op = Operator::kHasAll;
  condition.operands = std::move(operands);
  return Filter::on(std::move(condition));
}

}  // namespace

TEST_CASE("sqlite: the deepest filters are answered", "[engine]") {
  Opened db;
  db.create("a", {{"size0", testing::integer(0)}, {"size1", testing::integer(0)}, {"tags", testing::texts({"x"})}});
  db.create("b", {{"size0", testing::integer(1)}, {"size1", testing::integer(0)}});
  CHECK(db.ids(nested(32, "(", "tags has 'x'")) == "ab");
  CHECK(db.ids(nested(32, "(", "tags has 'y'")) == "b");
  CHECK(db.ids(nested(16, "not (", "keys hasAll (1, 2)")) == "b");
  std::string nots;
  for (int i = 0; i < 32; ++i) nots += "not ";
  CHECK(db.ids(nots + "tags has 'x'") == "a");
}

TEST_CASE("sqlite: a filter that is wide and deep is answered", "[engine]") {
  Opened db;
  db.create("a", {{"size0", testing::integer(0)}, {"size1", testing::integer(0)}, {"tags", testing::texts({"x"})}});
  // Two equal halves at each level: whichever is written second has the other to its left.
  std::string text = "tags has 'x'";
  for (int i = 0; i < 7; ++i) text = fmt::format("({} {} {})", text, i % 2 == 0 ? "and" : "or", text);
  CHECK(db.ids(nested(25, "(", text)) == "a");
}

TEST_CASE("sqlite: a thousand values are looked for in an array", "[engine]") {
  Opened db;
  Value::Array tags, keys;
  for (int i = 0; i < 1000; ++i) {
    tags.push_back(testing::text(fmt::format("t{}", i)));
    keys.push_back(testing::integer(i));
  }
  db.create("a", {{"tags", Value(tags)}, {"keys", Value(keys)}});
  Value::Array fewer_tags(tags.begin() + 1, tags.end()), fewer_keys(keys.begin() + 1, keys.end());
  db.create("b", {{"tags", Value(fewer_tags)}, {"keys", Value(fewer_keys)}});
  CHECK(db.ids(has_all(db.model, "tags", tags)) == "a");
  CHECK(db.ids(has_all(db.model, "keys", keys)) == "a");
  fewer_keys.push_back(fewer_keys.front());
  CHECK(db.ids(has_all(db.model, "keys", fewer_keys)) == "ab");
  CHECK(db.ids(Filter::negated(has_all(db.model, "tags", tags))) == "b");
}

TEST_CASE("sqlite: a page continues under a sort of forty keys of both directions", "[engine]") {
  Opened db;
  for (const char* id : {"a", "b", "c"}) db.create(id, {{"size39", testing::integer(7)}});
  for (const bool first_descends : {false, true}) {
    for (const bool with_values : {false, true}) {
      ListPlan plan;
      plan.model = &db.model;
      for (int i = 0; i < kSizes; ++i) {
        plan.sort.push_back(
            {db.model.ordinal(fmt::format("size{}", with_values ? kSizes - 1 - i : i)).value(), (i % 2 == 1) != first_descends});
      }
      plan.sort.push_back({0, false});
      for (int i = 0; i < kSizes; ++i)
        plan.after.push_back(plan.sort[i].field == db.model.ordinal("size39") ? testing::integer(7) : Value(Null{}));
      plan.after.push_back(testing::text("a"));
      CHECK(db.ids(plan) == "bc");
    }
  }
}
