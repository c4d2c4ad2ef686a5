// The largest questions that the planner admits are questions that PostgreSQL can read, and none takes long.

#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "engine/postgres/testing/schema.h"
#include "engine/testing/fixture.h"
#include "query/filter_parser.h"
#include "query/search_terms.h"

using namespace holdfast;

namespace {

constexpr int kSizes = 30;  // size0 … size29

Catalog wide_catalog() {
  std::string yaml = R"(
type: object
id: text
search: { fields: [name, text], language: english }
indexes: [[tags]]
properties:
  name: { type: string }
  text: { type: string }
  tags: { type: array, items: { type: string, maxLength: 20 } }
  keys: { type: array, items: { type: integer } }
)";
  for (int i = 0; i < kSizes; ++i) yaml += fmt::format("  size{}: {{ type: integer }}\n", i);
  return testing::catalog_of({{"items", yaml}});
}

struct Opened {
  Opened() : engine(postgres::open(schema.options(), catalog, clock)), store(engine->attach(loop)) {}
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
  Filter on(const char* field, Operator op, std::vector<Value> operands) const {
    Condition condition;
    condition.field = model.ordinal(field).value();
    condition.op = op;
    condition.operands = std::move(operands);
    return Filter::on(std::move(condition));
  }

  testing::TestSchema schema;
  testing::FixedClock clock;
  Catalog catalog = wide_catalog();
  const Model& model = *catalog.find("items");
  std::unique_ptr<Engine> engine;
  asio::io_context loop{1};
  std::unique_ptr<Store> store;
};

// `size0 = 1 or (size1 = 0 and (…` so deep, `leaf` in the middle.
std::string nested(int depth, const std::string& opening, const std::string& leaf) {
  std::string text;
  std::string end;
  for (int i = 0; i < depth; ++i) {
    text += i % 2 == 0 ? "size0 = 1 or " + opening : "size1 = 0 and " + opening;
    end += ")";
  }
  return text + leaf + end;
}

std::string repeated(std::string_view part, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out.append(part);
  return out;
}

}  // namespace

TEST_CASE("postgres: the deepest filters are answered", "[postgres]") {
  Opened db;
  db.create("a", {{"size0", testing::integer(0)}, {"size1", testing::integer(0)}, {"tags", testing::texts({"x"})}});
  db.create("b", {{"size0", testing::integer(1)}, {"size1", testing::integer(0)}});
  CHECK(db.ids(nested(32, "(", "tags has 'x'")) == "ab");
  CHECK(db.ids(nested(16, "not (", "keys hasAll (1, 2)")) == "b");
  std::string text = "tags has 'x'";
  for (int i = 0; i < 7; ++i) text = fmt::format("({} {} {})", text, i % 2 == 0 ? "and" : "or", text);
  CHECK(db.ids(nested(25, "(", text)) == "ab");
}

TEST_CASE("postgres: a thousand values are looked for at once", "[postgres]") {
  Opened db;
  Value::Array tags, keys, sizes;
  for (int i = 0; i < 1000; ++i) {
    tags.push_back(testing::text(fmt::format("t{}", i)));
    keys.push_back(testing::integer(i));
  }
  db.create("a", {{"tags", Value(tags)}, {"keys", Value(keys)}, {"size0", testing::integer(999)}});
  Value::Array fewer(tags.begin() + 1, tags.end());
  db.create("b", {{"tags", Value(fewer)}});
  CHECK(db.ids(db.on("tags", Operator::kHasAll, tags)) == "a");
  CHECK(db.ids(db.on("keys", Operator::kHasAll, keys)) == "a");
  CHECK(db.ids(db.on("tags", Operator::kHasAny, fewer)) == "ab");
  CHECK(db.ids(db.on("size0", Operator::kIn, keys)) == "a");
  CHECK(db.ids(db.on("size0", Operator::kNin, keys)) == "b");
}

TEST_CASE("postgres: a page continues under a sort of thirty keys of both directions", "[postgres]") {
  Opened db;
  for (const char* id : {"a", "b", "c"}) db.create(id, {{"size29", testing::integer(7)}});
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
        plan.after.push_back(plan.sort[i].field == db.model.ordinal("size29") ? testing::integer(7) : Value(Null{}));
      plan.after.push_back(testing::text("a"));
      CHECK(db.ids(plan) == "bc");
    }
  }
}

TEST_CASE("postgres: the longest patterns compile, and none makes the server try every way", "[postgres]") {
  Opened db;
  const std::string text = repeated("ab", 50'000);
  db.create("a", {{"text", testing::text(text)}});
  const auto is_like = [&](const std::string& pattern, Operator op) { return db.ids(db.on("text", op, {testing::text(pattern)})); };
  for (const Operator op : {Operator::kLike, Operator::kIlike}) {
    CHECK(is_like(repeated("%a", 250) + "b", op) == "a");
    CHECK(is_like(repeated("%b", 249) + "%c", op).empty());
    CHECK(is_like(repeated("_", 500), op).empty());
    CHECK(is_like("%a" + repeated("_", 497) + "%", op) == "a");
    CHECK(is_like(repeated("%_", 250), op) == "a");
    CHECK(is_like(repeated("%é", 250), op).empty());
    CHECK(is_like(repeated("k\\%", 160), op).empty());
  }
}

TEST_CASE("postgres: a search of two hundred terms, and one for long phrases", "[postgres]") {
  Opened db;
  std::string text, phrase = "\"";
  for (int i = 0; i < 200; ++i) text += fmt::format("word{} ", i);
  for (int i = 0; i < 200; ++i) phrase += fmt::format("word{} ", i);
  db.create("a", {{"name", testing::text("word7")}, {"text", testing::text(text)}});
  db.create("b", {{"text", testing::text("word7")}});
  const auto found = [&](const std::string& q) {
    ListPlan plan;
    plan.model = &db.model;
    plan.sort = {{0, false}};
    plan.by_rank = true;
    plan.search = parse_search("english", q).value();
    return db.ids(plan);
  };
  CHECK(found(text) == "a");
  CHECK(found(phrase + "\"") == "a");
  std::string beginnings;
  for (int i = 0; i < 200; ++i) beginnings += fmt::format("word{}* ", i);
  CHECK(found(beginnings) == "a");
  CHECK(found("wo* -word8") == "b");
}

TEST_CASE("postgres: a text of the most words and the longest is searched like any other", "[postgres]") {
  Opened db;
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += repeated("ж", 58) + fmt::format("{:05} ", i);  // more than a tsvector holds
  db.create("a", {{"text", testing::text(text)}});
  ListPlan plan;
  plan.model = &db.model;
  plan.sort = {{0, false}};
  plan.search =
      parse_search("english", repeated("ж", 58) + "19999 жжжжж* \"" + repeated("ж", 58) + "00000 " + repeated("ж", 58) + "00001\"").value();
  CHECK(db.ids(plan) == "a");
}
