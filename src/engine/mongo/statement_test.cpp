#include "engine/mongo/statement.h"

#include <catch2/catch.hpp>

#include "engine/mongo/document.h"
#include "engine/mongo/order.h"
#include "engine/mongo/search.h"
#include "engine/testing/fixture.h"
#include "query/search_terms.h"

using namespace holdfast;
using testing::integer;
using testing::text;

namespace {

constexpr const char* kItems = R"(
type: object
id: text
properties:
  name:   { type: string, maxLength: 50 }
  note:   { type: string }
  size:   { type: integer }
  status: { enum: [a, b] }
  price:  { type: number, decimal: [9, 2] }
  cost:   { type: number, decimal: [9, 2], storage: double }
)";

const Catalog& catalog() {
  static const Catalog made =
      testing::catalog_of({{"items", kItems}, {"texts", std::string(kItems) + "search: { fields: [name, note], language: french }\n"}});
  return made;
}
const Model& items() {
  return *catalog().find("items");
}
const Model& texts() {
  return *catalog().find("texts");
}

SortKey key(const char* field, bool descending) {
  return {items().ordinal(field).value(), descending};
}

ListPlan list_by(std::vector<SortKey> sort, std::vector<Value> after = {}) {
  ListPlan plan;
  plan.model = &items();
  plan.sort = std::move(sort);
  plan.after = std::move(after);
  return plan;
}

using Texts = std::vector<std::string>;

Texts filters(const ListPlan& plan) {
  Texts out;
  for (const mongo::Find& find : mongo::make_query(plan).ranges) out.push_back(mongo::relaxed_json(*find.filter.get()));
  return out;
}

std::string options(const ListPlan& plan) {
  return mongo::relaxed_json(*mongo::make_query(plan).ranges.front().options.get());
}

SearchQuery terms(const char* q) {
  return parse_search("french", q).value();
}

ListPlan search(const char* q) {
  ListPlan plan = list_by({key("size", false), key("id", false)});
  plan.model = &texts();
  plan.search = terms(q);
  plan.by_rank = true;
  return plan;
}

const Value kNull{Null{}};

}  // namespace

TEST_CASE("mongo: a list is a find with a total order, on disk where memory ends", "[engine]") {
  ListPlan plan = list_by({key("size", true), key("id", true)});
  CHECK(filters(plan) == Texts{"{ }"});
  CHECK(options(plan) == R"({ "sort" : { "size" : -1, "_id" : -1 }, "allowDiskUse" : true })");
  plan.offset = 20;
  plan.fields = {0, 1};
  CHECK(
      options(plan) ==
      R"({ "sort" : { "size" : -1, "_id" : -1 }, "projection" : { "_hf.rev" : 1, "_id" : 1, "name" : 1, "size" : 1 }, "skip" : 20, "allowDiskUse" : true })");
  plan.filter = Filter::on({3, Operator::kEq, {integer(1)}});
  CHECK(filters(plan) == Texts{R"({ "size" : { "$eq" : 1 } })"});
}

TEST_CASE("mongo: search data stays where it is unless it is asked for", "[engine]") {
  ListPlan plan = list_by({key("id", false)});
  plan.model = &texts();
  CHECK(options(plan) == R"({ "sort" : { "_id" : 1 }, "projection" : { "_hf.search" : 0 }, "allowDiskUse" : true })");
}

TEST_CASE("mongo: ascending, what follows a value is one range that starts at it", "[engine]") {
  CHECK(filters(list_by({key("id", false)}, {text("k")})) == Texts{R"({ "_id" : { "$gt" : "k" } })"});
  CHECK(
      filters(list_by({key("size", false), key("id", false)}, {integer(5), text("k")})) ==
      Texts{R"({ "size" : { "$gte" : 5 }, "$or" : [ { "size" : { "$gt" : 5 } }, { "size" : { "$eq" : 5 }, "_id" : { "$gt" : "k" } } ] })"});
}

TEST_CASE("mongo: what follows a decimal follows the number that is stored, as we write it or as another did", "[engine]") {
  const auto continued = [](const char* field, const std::string& number) {
    const auto json = [&](const char* op) { return "{ \"" + std::string(op) + "\" : " + number + " }"; };
    const std::string name = "\"" + std::string(field) + "\" : ";
    return Texts{"{ " + name + json("$gte") + ", \"$or\" : [ { " + name + json("$gt") + " }, { " + name + json("$eq") +
                 ", \"_id\" : { \"$gt\" : \"k\" } } ] }"};
  };
  ListPlan price = list_by({key("price", false), key("id", false)}, {integer(4555), text("k")});
  CHECK(filters(price) == continued("price", R"({ "$numberDecimal" : "45.55" })"));
  ListPlan cost = list_by({key("cost", false), key("id", false)}, {integer(50), text("k")});
  CHECK(filters(cost) == continued("cost", "0.5"));
  mongo::Document stored;
  mongo::append_double(*stored.get(), "price", 45.55);
  mongo::append_double(*stored.get(), "cost", 0.5000001);
  Record record;
  record.values.resize(items().fields.size());
  record.values[price.sort[0].field] = integer(4555);
  record.values[cost.sort[0].field] = integer(50);
  price.after_place = mongo::place_of(items(), price.sort, *stored.get(), record);
  CHECK(filters(price) == continued("price", "45.549999999999997158"));
  cost.after_place = mongo::place_of(items(), cost.sort, *stored.get(), record);
  CHECK(filters(cost) == continued("cost", "0.50000009999999994736"));
  mongo::Document own;
  mongo::append_double(*own.get(), "cost", 0.5);
  CHECK(mongo::place_of(items(), cost.sort, *own.get(), record).empty());
}

TEST_CASE("mongo: ascending, what follows null is the rest of the nulls, then every value", "[engine]") {
  CHECK(filters(list_by({key("size", false), key("id", false)}, {kNull, text("k")})) ==
        Texts{R"({ "size" : { "$eq" : null }, "_id" : { "$gt" : "k" } })", R"({ "size" : { "$ne" : null } })"});
}

TEST_CASE("mongo: descending, what follows a value is what is below it, then the nulls", "[engine]") {
  CHECK(filters(list_by({key("size", true), key("id", true)}, {integer(5), text("k")})) ==
        Texts{R"({ "size" : { "$lte" : 5 }, "$or" : [ { "size" : { "$lt" : 5 } }, { "size" : { "$eq" : 5 }, "_id" : { "$lt" : "k" } } ] })",
              R"({ "size" : { "$eq" : null } })"});
  CHECK(filters(list_by({key("size", true), key("id", true)}, {kNull, text("k")})) ==
        Texts{R"({ "size" : { "$eq" : null }, "_id" : { "$lt" : "k" } })"});
}

TEST_CASE("mongo: nulls of later keys follow where they stand", "[engine]") {
  CHECK(
      filters(list_by({key("status", false), key("size", true), key("id", true)}, {text("a"), integer(5), text("k")})) ==
      Texts{
          R"({ "status" : { "$gte" : "a" }, "$or" : [ { "status" : { "$gt" : "a" } }, { "status" : { "$eq" : "a" }, )"
          R"("$or" : [ { "size" : { "$lt" : 5 } }, { "size" : { "$eq" : null } }, { "size" : { "$eq" : 5 }, "_id" : { "$lt" : "k" } } ] } ] })"});
  CHECK(filters(list_by({key("status", false), key("size", true), key("id", true)}, {text("a"), kNull, text("k")})) ==
        Texts{R"({ "status" : { "$gte" : "a" }, "$or" : [ { "status" : { "$gt" : "a" } }, )"
              R"({ "status" : { "$eq" : "a" }, "size" : { "$eq" : null }, "_id" : { "$lt" : "k" } } ] })"});
}

TEST_CASE("mongo: the total is of the whole filter", "[engine]") {
  CountPlan plan{&items(), Filter::on({3, Operator::kEq, {integer(1)}})};
  const mongo::Query query = mongo::make_query(plan);
  CHECK(query.ranges.empty());
  CHECK(mongo::relaxed_json(*query.total->get()) ==
        R"({ "pipeline" : [ { "$match" : { "size" : { "$eq" : 1 } } }, { "$group" : { "_id" : null, "n" : { "$sum" : 1 } } } ] })");
}

TEST_CASE("mongo: search data are stems and words with the number of their field", "[engine]") {
  const auto data = [](Value name, Value note) {
    mongo::Document bookkeeping;
    const Record record{{text("1"), std::move(name), std::move(note), kNull, kNull}, 1};
    mongo::append_search_data(*bookkeeping.get(), texts(), record);
    CHECK(mongo::read_search_hash(*bookkeeping.get()) == std::nullopt);
    mongo::Document document;
    mongo::append_document(*document.get(), "_hf", *bookkeeping.get());
    CHECK(mongo::read_search_hash(*document.get()) == static_cast<std::int64_t>(search_hash(texts(), record)));
    std::string json = mongo::relaxed_json(*bookkeeping.get());
    const std::size_t at = json.find("\"stems\"");
    return json.substr(at);
  };
  CHECK(
      data(text("Vis, vis longue"), text("bois")) ==
      R"("stems" : [ "0:longu", "0:vis", "1:bois" ], "words" : [ "0:longue", "0:vis", "1:bois" ], "t0" : " vis vis longue ", "t1" : " bois " } })");
  CHECK(data(kNull, kNull) == R"("stems" : [  ], "words" : [  ] } })");
  mongo::Document none;
  mongo::append_search_data(*none.get(), items(), {{text("1"), kNull, kNull, kNull, kNull}, 1});
  CHECK(mongo::relaxed_json(*none.get()) == "{ }");
}

TEST_CASE("mongo: a term stands in any field", "[engine]") {
  const auto found = [](const char* q) {
    mongo::Document query;
    mongo::append_found(*query.get(), texts(), terms(q));
    return mongo::relaxed_json(*query.get());
  };
  CHECK(found("vis") == R"({ "$and" : [ { "_hf.search.stems" : { "$in" : [ "0:vis", "1:vis" ] } } ] })");
  CHECK(found("vis -bois") == R"({ "$and" : [ { "_hf.search.stems" : { "$in" : [ "0:vis", "1:vis" ] } }, )"
                              R"({ "_hf.search.stems" : { "$nin" : [ "0:bois", "1:bois" ] } } ] })");
  CHECK(
      found("vi*") ==
      R"({ "$and" : [ { "$or" : [ { "_hf.search.words" : { "$regex" : "^0:vi" } }, { "_hf.search.words" : { "$regex" : "^1:vi" } } ] } ] })");
  CHECK(found("\"vis à bois\"") ==
        R"({ "$and" : [ { "$or" : [ { "_hf.search.words" : "0:bois", "_hf.search.t0" : { "$regex" : " vis a bois " } }, )"
        R"({ "_hf.search.words" : "1:bois", "_hf.search.t1" : { "$regex" : " vis a bois " } } ] } ] })");
}

TEST_CASE("mongo: a rank counts the terms of each field", "[engine]") {
  const mongo::Query query = mongo::make_query(search("vis lon*"));
  CHECK(query.ranges.empty());
  const std::string json = mongo::relaxed_json(*query.ranked->get());
  const auto part = [](int field) {
    const std::string number = std::to_string(field);
    return R"({ "$toString" : { "$add" : [ 100, { "$cond" : [ { "$or" : [ { "$in" : [ ")" + number +
           R"(:vis", { "$ifNull" : [ "$_hf.search.stems", [  ] ] } ] } ] }, 1, 0 ] }, )"
           R"({ "$cond" : [ { "$gte" : [ { "$indexOfBytes" : [ "$_hf.search.t)" +
           number + R"(", " lon" ] }, 0 ] }, 1, 0 ] } ] } })";
  };
  CHECK(json.find(R"({ "$addFields" : { "_hf_rank" : { "$concat" : [ )" + part(0) + ", " + part(1) + " ] } } }, ") != json.npos);
  CHECK(json.ends_with(
      R"({ "$project" : { "_hf.search" : 0 } }, { "$sort" : { "_hf_rank" : -1, "size" : 1, "_id" : 1 } }, { "$limit" : 11 } ] })"));
}

TEST_CASE("mongo: a ranked page goes on behind rank and order", "[engine]") {
  ListPlan plan = search("vis");
  plan.after = {integer(5), text("k")};
  plan.after_rank = std::string("\x01\x00", 2);
  const std::string json = mongo::relaxed_json(*mongo::make_query(plan).ranked->get());
  CHECK(
      json.find(
          R"({ "$match" : { "$or" : [ { "_hf_rank" : { "$lt" : "101100" } }, { "_hf_rank" : "101100", "size" : { "$gte" : 5 }, "$or" : )") !=
      json.npos);
}

TEST_CASE("mongo: ranks travel as text", "[engine]") {
  const std::string rank("\x00\x01\xC8", 3);
  CHECK(mongo::rank_text(rank) == "100101300");
  CHECK(mongo::rank_of("100101300") == rank);
}

TEST_CASE("mongo: points of one turn are one $in", "[engine]") {
  const Value a = text("a"), b = text("b");
  const std::vector<const Value*> ids{&a, &b};
  CHECK(mongo::relaxed_json(*mongo::ids_filter(items(), ids).get()) == R"({ "_id" : { "$in" : [ "a", "b" ] } })");
}
