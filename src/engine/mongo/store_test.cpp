#include "engine/mongo/store.h"

#include <catch2/catch.hpp>

#include "engine/mongo/testing/database.h"
#include "engine/testing/fixture.h"
#include "model/record_json.h"
#include "query/search_terms.h"

using namespace holdfast;
using testing::integer;
using testing::text;

namespace {

constexpr const char* kThings = R"(
type: object
id: text
properties:
  name:   { type: string }
  price:  { type: number, decimal: [10, 2] }
  cost:   { type: number, decimal: [10, 2], storage: double }
  size:   { type: integer }
  weight: { type: number }
  tags:   { type: array, items: { type: string } }
search: { fields: [name], language: french }
)";

// What other programs put into the collection, read through the store.
struct Served {
  Served() : catalog(testing::catalog_of({{"things", kThings}})), engine(mongo::open(database.options(), catalog, clock)) {
    store = engine->attach(loop);
  }
  ~Served() { engine->close(); }

  const Model& model() const { return catalog.models().front(); }
  std::size_t field(const char* name) const { return model().ordinal(name).value(); }

  void insert(const std::string& documents) { database.run("{'insert': 'things', 'documents': [" + documents + "]}"); }

  Result<Record> find(const char* id) {
    const FindPlan plan{&model(), text(id)};
    return testing::run(loop, store->find(plan));
  }
  std::string json(const char* id) {
    const Result<Record> record = find(id);
    if (!record) return std::string(describe(record.error().code).name) + ": " + record.error().detail;
    std::string out;
    append_json(out, model(), *record);
    return out;
  }

  ListPlan plan(Filter filter = Filter::all({}), std::vector<SortKey> sort = {{0, false}}) const {
    ListPlan made;
    made.model = &model();
    made.filter = std::move(filter);
    made.sort = std::move(sort);
    return made;
  }
  Result<Listing> list(const ListPlan& plan) { return testing::run(loop, store->list(plan)); }
  std::string ids(const Result<Listing>& listing) const {
    if (!listing) return std::string(describe(listing.error().code).name);
    std::string out;
    for (const Record& record : listing->records) out.append(out.empty() ? "" : " ").append(record.values[0].text());
    return out;
  }
  std::string found(const char* name, Operator op, std::vector<Value> operands) {
    return ids(list(plan(Filter::on({field(name), op, std::move(operands)}))));
  }

  testing::MongoDatabase database;
  testing::FixedClock clock;
  const Catalog catalog;
  asio::io_context loop{1};
  std::unique_ptr<Engine> engine;
  std::unique_ptr<Store> store;
};

}  // namespace

TEST_CASE("mongodb: serves what Mongoose wrote", "[mongo]") {
  Served served;
  served.insert(
      R"({'_id': 'm', 'name': 'Vis', 'price': 45.55, 'cost': 0.30000000000000004, 'size': 3, 'weight': 2, 'tags': [], '__v': 0})");
  served.insert(R"({'_id': 'n', 'name': null, '__v': 1})");
  CHECK(served.json("m") == R"({"id":"m","name":"Vis","price":45.55,"cost":0.30,"size":3,"weight":2,"tags":[]})");
  CHECK(served.find("m")->revision == 0);
  CHECK(served.json("n") == R"({"id":"n","name":null,"price":null,"cost":null,"size":null,"weight":null,"tags":null})");
  CHECK(served.json("o") == "not_found: things has no record with the id o.");
}

TEST_CASE("mongodb: finds numbers whatever type others wrote them in", "[mongo]") {
  Served served;
  served.insert(R"({'_id': 'a', 'price': 45.55, 'cost': 0.30000000000000004, 'size': 3, 'weight': 3})");
  served.insert(R"({'_id': 'b', 'price': {'$numberDecimal': '45.55'}, 'cost': 0.3, 'size': 3.0, 'weight': {'$numberDecimal': '3'}})");
  served.insert(R"({'_id': 'c', 'price': {'$numberDecimal': '45.5500'}, 'cost': {'$numberDecimal': '0.3'}, 'size': {'$numberLong': '3'}})");
  served.insert(R"({'_id': 'd', 'price': 45, 'cost': 0.29, 'size': {'$numberLong': '9007199254740993'}, 'weight': 2.5})");
  CHECK(served.found("price", Operator::kEq, {integer(4555)}) == "a b c");
  CHECK(served.found("price", Operator::kGte, {integer(4555)}) == "a b c");
  CHECK(served.found("price", Operator::kGt, {integer(4555)}).empty());
  CHECK(served.found("price", Operator::kLt, {integer(4555)}) == "d");
  CHECK(served.found("cost", Operator::kEq, {integer(30)}) == "a b c");
  CHECK(served.found("cost", Operator::kNin, {integer(30)}) == "d");
  CHECK(served.found("cost", Operator::kLt, {integer(30)}) == "d");
  CHECK(served.found("size", Operator::kEq, {integer(3)}) == "a b c");
  CHECK(served.found("size", Operator::kGt, {integer(9007199254740992)}) == "d");
  CHECK(served.found("weight", Operator::kEq, {Value(3.0)}) == "a b");
  CHECK(served.found("weight", Operator::kNe, {Value(3.0)}) == "c d");
}

TEST_CASE("mongodb: pages neither repeat nor skip numbers that read alike and are not the same", "[mongo]") {
  Served served;
  served.insert(
      R"({'_id': 'a', 'cost': 0.30000000000000004}, {'_id': 'b', 'cost': 0.3}, {'_id': 'c', 'cost': 0.2999}, {'_id': 'd', 'cost': 0.3},
    {'_id': 'e', 'cost': 0.30000000000000004}, {'_id': 'f', 'cost': 0.301}, {'_id': 'g'}, {'_id': 'h', 'cost': 0.31})");
  served.insert(R"({'_id': 'i', 'cost': {'$numberDecimal': '0.30'}, 'price': 45.55}, {'_id': 'j', 'price': {'$numberDecimal': '45.55'}},
    {'_id': 'k', 'price': 45.55}, {'_id': 'l', 'price': {'$numberDecimal': '45.55'}}, {'_id': 'm', 'price': 45})");
  for (const char* field : {"cost", "price"}) {
    for (const bool descending : {false, true}) {
      ListPlan plan = served.plan(Filter::all({}), {{served.field(field), descending}, {0, descending}});
      plan.limit = 100;
      const std::string all = served.ids(served.list(plan));
      plan.limit = 1;
      std::string walked;
      for (bool more = true; more;) {
        const Result<Listing> page = served.list(plan);
        REQUIRE(page.has_value());
        walked += (walked.empty() ? "" : " ") + served.ids(page);
        more = page->has_more && walked.size() < all.size();
        plan.after = {page->records.back().values[served.field(field)], page->records.back().values[0]};
        plan.after_place = page->last_place;
      }
      INFO(field << (descending ? " descending" : " ascending"));
      CHECK(walked == all);
    }
  }
}

TEST_CASE("mongodb: a value of another type spoils its own record and the lists that hold it", "[mongo]") {
  Served served;
  served.insert(R"({'_id': 'a', 'size': 'three'}, {'_id': 'b', 'size': 3})");
  CHECK(served.json("a") == "stored_value_invalid: things a holds a value of another type in size; mend it in the database.");
  CHECK(served.json("b").starts_with(R"({"id":"b",)"));
  CHECK(served.ids(served.list(served.plan())) == "stored_value_invalid");
  CHECK(served.found("size", Operator::kEq, {integer(3)}) == "b");
  ListPlan narrow = served.plan();
  narrow.fields = {0, 1};
  CHECK(served.ids(served.list(narrow)) == "a b");
}

TEST_CASE("mongodb: missing and null sort as one, before every value", "[mongo]") {
  Served served;
  served.insert(R"({'_id': 'a', 'size': 2}, {'_id': 'b', 'size': null}, {'_id': 'c'}, {'_id': 'd', 'size': 1})");
  CHECK(served.ids(served.list(served.plan(Filter::all({}), {{served.field("size"), false}, {0, false}}))) == "b c d a");
  CHECK(served.ids(served.list(served.plan(Filter::all({}), {{served.field("size"), true}, {0, true}}))) == "a d c b");
  ListPlan next = served.plan(Filter::all({}), {{served.field("size"), true}, {0, true}});
  next.after = {integer(1), text("d")};
  CHECK(served.ids(served.list(next)) == "c b");
}

TEST_CASE("mongodb: what one turn asks for is answered each for itself", "[mongo]") {
  Served served;
  std::string documents;
  for (int i = 0; i < 500; ++i) documents += "{'_id': 'k" + std::to_string(i) + "', 'size': " + std::to_string(i) + "},";
  documents.pop_back();
  served.insert(documents);
  std::vector<FindPlan> plans;
  for (int i = 0; i < 1000; ++i) plans.push_back({&served.model(), text("k" + std::to_string(i / 2 * 3))});
  std::vector<awaitable<Result<Record>>> asked;
  for (const FindPlan& plan : plans) asked.push_back(served.store->find(plan));
  const std::vector<Result<Record>> answers = testing::run_together(served.loop, std::move(asked));
  for (int i = 0; i < 1000; ++i) {
    const int size = i / 2 * 3;
    INFO(size);
    if (size >= 500) CHECK(answers[i].error().code == Code::kNotFound);
    if (size < 500) CHECK(answers[i]->values[served.field("size")] == integer(size));
  }
}

TEST_CASE("mongodb: records without search data are not found by search, and disturb none", "[mongo]") {
  Served served;
  served.insert(R"({'_id': 'a', 'name': 'vis'})");
  REQUIRE(testing::run(served.loop, served.store->write(testing::create_plan(served.model(), text("b"), {{"name", text("Vis à bois")}})))
              .has_value());
  for (const char* q : {"vis", "vi*", "\"vis à\""}) {
    ListPlan plan = served.plan();
    plan.search = parse_search("french", q).value();
    plan.count_exact = true;
    for (const bool by_rank : {false, true}) {
      plan.by_rank = by_rank;
      const Result<Listing> listing = served.list(plan);
      CHECK(served.ids(listing) == "b");
      CHECK(listing->total == 1);
    }
  }
}
