// The largest questions that the planner admits are questions that SQLite can read: its parser holds 100 things, its conditions 1,000
// terms.

#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "engine/sqlite/engine.h"
#include "engine/testing/wide_database.h"

using namespace holdfast;

namespace {

constexpr int kSizes = 40;  // size0 … size39

testing::OpenEngine opener() {
  static const testing::FixedClock clock;
  const auto folder = std::make_shared<testing::TemporaryFolder>();
  return [folder](const Catalog& catalog) {
    sqlite::Options options;
    options.file = folder->path() / "holdfast.db";
    return sqlite::open(options, catalog, clock);
  };
}

struct Opened : testing::WideDatabase {
  Opened() : WideDatabase(opener(), testing::wide_catalog(kSizes)) {}
};

}  // namespace

TEST_CASE("sqlite: the deepest filters are answered", "[engine]") {
  Opened db;
  db.add("a", {{"size0", testing::integer(0)}, {"size1", testing::integer(0)}, {"tags", testing::texts({"x"})}});
  db.add("b", {{"size0", testing::integer(1)}, {"size1", testing::integer(0)}});
  CHECK(db.ids(testing::nested(32, "(", "tags has 'x'")) == "ab");
  CHECK(db.ids(testing::nested(32, "(", "tags has 'y'")) == "b");
  CHECK(db.ids(testing::nested(16, "not (", "keys hasAll (1, 2)")) == "b");
  std::string nots;
  for (int i = 0; i < 32; ++i) nots += "not ";
  CHECK(db.ids(nots + "tags has 'x'") == "a");
}

TEST_CASE("sqlite: a filter that is wide and deep is answered", "[engine]") {
  Opened db;
  db.add("a", {{"size0", testing::integer(0)}, {"size1", testing::integer(0)}, {"tags", testing::texts({"x"})}});
  CHECK(db.ids(testing::nested(25, "(", testing::halved(7, "tags has 'x'"))) == "a");
}

TEST_CASE("sqlite: a thousand values are looked for in an array", "[engine]") {
  Opened db;
  Value::Array tags, keys;
  for (int i = 0; i < 1000; ++i) {
    tags.push_back(testing::text(fmt::format("t{}", i)));
    keys.push_back(testing::integer(i));
  }
  db.add("a", {{"tags", Value(tags)}, {"keys", Value(keys)}});
  Value::Array fewer_tags(tags.begin() + 1, tags.end()), fewer_keys(keys.begin() + 1, keys.end());
  db.add("b", {{"tags", Value(fewer_tags)}, {"keys", Value(fewer_keys)}});
  CHECK(db.ids(db.on("tags", Operator::kHasAll, tags)) == "a");
  CHECK(db.ids(db.on("keys", Operator::kHasAll, keys)) == "a");
  fewer_keys.push_back(fewer_keys.front());
  CHECK(db.ids(db.on("keys", Operator::kHasAll, fewer_keys)) == "ab");
  CHECK(db.ids(Filter::negated(db.on("tags", Operator::kHasAll, tags))) == "b");
}

TEST_CASE("sqlite: a page continues under a sort of forty keys of both directions", "[engine]") {
  Opened db;
  for (const char* id : {"a", "b", "c"}) db.add(id, {{"size39", testing::integer(7)}});
  for (const bool first_descends : {false, true}) {
    for (const bool last_size_first : {false, true}) {
      CHECK(db.ids(testing::after_a(db.items(), kSizes, first_descends, last_size_first)) == "bc");
    }
  }
}
