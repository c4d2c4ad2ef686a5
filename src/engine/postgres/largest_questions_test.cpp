// The largest questions that the planner admits are questions that PostgreSQL can read, and none takes long.

#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "engine/postgres/testing/schema.h"
#include "engine/testing/wide_database.h"
#include "query/search_terms.h"

using namespace holdfast;

namespace {

constexpr int kSizes = 30;  // size0 … size29

testing::OpenEngine opener() {
  static const testing::FixedClock clock;
  const auto schema = std::make_shared<testing::TestSchema>();
  return [schema](const Catalog& catalog) { return postgres::open(schema->options(), catalog, clock); };
}

struct Opened : testing::WideDatabase {
  Opened()
      : WideDatabase(opener(), testing::wide_catalog(kSizes, "search: { fields: [name, text], language: english }\n",
                                                     "  name: { type: string }\n  text: { type: string }\n")) {}
};

std::string repeated(std::string_view part, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out.append(part);
  return out;
}

}  // namespace

TEST_CASE("postgres: the deepest filters are answered", "[postgres]") {
  Opened db;
  db.add("a", {{"size0", testing::integer(0)}, {"size1", testing::integer(0)}, {"tags", testing::texts({"x"})}});
  db.add("b", {{"size0", testing::integer(1)}, {"size1", testing::integer(0)}});
  CHECK(db.ids(testing::nested(32, "(", "tags has 'x'")) == "ab");
  CHECK(db.ids(testing::nested(16, "not (", "keys hasAll (1, 2)")) == "b");
  CHECK(db.ids(testing::nested(25, "(", testing::halved(7, "tags has 'x'"))) == "ab");
}

TEST_CASE("postgres: a thousand values are looked for at once", "[postgres]") {
  Opened db;
  Value::Array tags, keys, sizes;
  for (int i = 0; i < 1000; ++i) {
    tags.push_back(testing::text(fmt::format("t{}", i)));
    keys.push_back(testing::integer(i));
  }
  db.add("a", {{"tags", Value(tags)}, {"keys", Value(keys)}, {"size0", testing::integer(999)}});
  Value::Array fewer(tags.begin() + 1, tags.end());
  db.add("b", {{"tags", Value(fewer)}});
  CHECK(db.ids(db.on("tags", Operator::kHasAll, tags)) == "a");
  CHECK(db.ids(db.on("keys", Operator::kHasAll, keys)) == "a");
  CHECK(db.ids(db.on("tags", Operator::kHasAny, fewer)) == "ab");
  CHECK(db.ids(db.on("size0", Operator::kIn, keys)) == "a");
  CHECK(db.ids(db.on("size0", Operator::kNin, keys)) == "b");
}

TEST_CASE("postgres: a page continues under a sort of thirty keys of both directions", "[postgres]") {
  Opened db;
  for (const char* id : {"a", "b", "c"}) db.add(id, {{"size29", testing::integer(7)}});
  for (const bool first_descends : {false, true}) {
    for (const bool last_size_first : {false, true}) {
      CHECK(db.ids(testing::after_a(db.items(), kSizes, first_descends, last_size_first)) == "bc");
    }
  }
}

TEST_CASE("postgres: the longest patterns compile, and none makes the server try every way", "[postgres]") {
  Opened db;
  const std::string text = repeated("ab", 50'000);
  db.add("a", {{"text", testing::text(text)}});
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
  db.add("a", {{"name", testing::text("word7")}, {"text", testing::text(text)}});
  db.add("b", {{"text", testing::text("word7")}});
  const auto found = [&](const std::string& q) {
    ListPlan plan;
    plan.model = &db.items();
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
  db.add("a", {{"text", testing::text(text)}});
  ListPlan plan;
  plan.model = &db.items();
  plan.sort = {{0, false}};
  plan.search =
      parse_search("english", repeated("ж", 58) + "19999 жжжжж* \"" + repeated("ж", 58) + "00000 " + repeated("ж", 58) + "00001\"").value();
  CHECK(db.ids(plan) == "a");
}
