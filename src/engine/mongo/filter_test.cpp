#include "engine/mongo/filter.h"

#include <catch2/catch.hpp>

#include "engine/mongo/document.h"
#include "engine/testing/fixture.h"

using namespace holdfast;
using mongo::regular_expression;
using testing::integer;
using testing::text;

namespace {

constexpr const char* kItems = R"(
type: object
id: objectId
properties:
  name:     { type: string }
  isActive: { type: boolean }
  size:     { type: integer }
  weight:   { type: number }
  price:    { type: number, decimal: [10, 2] }
  cost:     { type: number, decimal: [10, 2], storage: double }
  moment:   { type: string, format: date-time }
  label:    { type: string, column: the_label }
  tags:     { type: array, items: { type: string } }
  prices:   { type: array, items: { type: number, decimal: [10, 2] } }
  at:       { type: object, properties: { town: { type: string } } }
)";

const Model& model() {
  static const Catalog catalog = testing::catalog_of({{"items", kItems}});
  return catalog.models().front();
}

Filter on(const char* field, Operator op, std::vector<Value> operands) {
  return Filter::on({model().queryable(field).value(), op, std::move(operands)});
}

std::string query_of(const Filter& filter) {
  mongo::Document query;
  mongo::append_filter(*query.get(), model(), filter);
  return mongo::relaxed_json(*query.get());
}

std::string query_of(const char* field, Operator op, std::vector<Value> operands) {
  return query_of(on(field, op, std::move(operands)));
}

}  // namespace

TEST_CASE("mongo: a comparison is one operator of MongoDB", "[engine]") {
  CHECK(query_of("name", Operator::kEq, {text("Vis")}) == R"({ "name" : { "$eq" : "Vis" } })");
  CHECK(query_of("name", Operator::kNe, {text("Vis")}) == R"({ "name" : { "$nin" : [ "Vis" ] } })");
  CHECK(query_of("size", Operator::kGt, {integer(5)}) == R"({ "size" : { "$gt" : 5 } })");
  CHECK(query_of("size", Operator::kGte, {integer(5)}) == R"({ "size" : { "$gte" : 5 } })");
  CHECK(query_of("weight", Operator::kLt, {Value(1.5)}) == R"({ "weight" : { "$lt" : 1.5 } })");
  CHECK(query_of("moment", Operator::kLte, {integer(0)}) == R"({ "moment" : { "$lte" : { "$date" : "1970-01-01T00:00:00Z" } } })");
  CHECK(query_of("size", Operator::kIn, {integer(1), integer(2)}) == R"({ "size" : { "$in" : [ 1, 2 ] } })");
  CHECK(query_of("isActive", Operator::kNin, {Value(true)}) == R"({ "isActive" : { "$nin" : [ true ] } })");
  CHECK(query_of("id", Operator::kEq, {text("507f1f77bcf86cd799439011")}) ==
        R"({ "_id" : { "$eq" : { "$oid" : "507f1f77bcf86cd799439011" } } })");
}

TEST_CASE("mongo: null is what is missing too", "[engine]") {
  CHECK(query_of("name", Operator::kNull, {Value(true)}) == R"({ "name" : { "$eq" : null } })");
  CHECK(query_of("name", Operator::kNull, {Value(false)}) == R"({ "name" : { "$ne" : null } })");
  CHECK(query_of("at.town", Operator::kNull, {Value(true)}) == R"({ "at.town" : { "$eq" : null } })");
}

TEST_CASE("mongo: fields go by the names that they are stored under", "[engine]") {
  CHECK(query_of("label", Operator::kEq, {text("a")}) == R"({ "the_label" : { "$eq" : "a" } })");
  CHECK(query_of("at.town", Operator::kEq, {text("Lyon")}) == R"({ "at.town" : { "$eq" : "Lyon" } })");
}

TEST_CASE("mongo: filters combine by $and, $or and $nor", "[engine]") {
  const Filter a = on("size", Operator::kEq, {integer(1)});
  const Filter b = on("name", Operator::kNull, {Value(true)});
  CHECK(query_of(Filter::all({})) == "{ }");
  CHECK(query_of(Filter::any({})) == R"({ "_id" : { "$in" : [  ] } })");
  CHECK(query_of(Filter::all({a, b})) == R"({ "$and" : [ { "size" : { "$eq" : 1 } }, { "name" : { "$eq" : null } } ] })");
  CHECK(query_of(Filter::any({a, Filter::negated(b)})) ==
        R"({ "$or" : [ { "size" : { "$eq" : 1 } }, { "$nor" : [ { "name" : { "$eq" : null } } ] } ] })");
  CHECK(query_of(Filter::negated(Filter::all({}))) == R"({ "$nor" : [ {  } ] })");
}

TEST_CASE("mongo: lists of nothing find nothing, and lack nothing", "[engine]") {
  CHECK(query_of("size", Operator::kIn, {}) == R"({ "_id" : { "$in" : [  ] } })");
  CHECK(query_of("tags", Operator::kHasAny, {}) == R"({ "_id" : { "$in" : [  ] } })");
  CHECK(query_of("size", Operator::kNin, {}) == "{ }");
  CHECK(query_of("tags", Operator::kHasAll, {}) == R"({ "tags" : { "$ne" : null } })");
}

TEST_CASE("mongo: arrays are asked for their elements", "[engine]") {
  CHECK(query_of("tags", Operator::kHas, {text("bio")}) == R"({ "tags" : { "$eq" : "bio" } })");
  CHECK(query_of("tags", Operator::kHasAny, {text("a"), text("b")}) == R"({ "tags" : { "$in" : [ "a", "b" ] } })");
  CHECK(query_of("tags", Operator::kHasAll, {text("a"), text("b")}) ==
        R"({ "$and" : [ { "tags" : { "$eq" : "a" } }, { "tags" : { "$eq" : "b" } } ] })");
  CHECK(query_of("prices", Operator::kHas, {integer(150)}) == R"({ "prices" : { "$in" : [ { "$numberDecimal" : "1.50" } ] } })");
}

TEST_CASE("mongo: a decimal is also the double that others wrote for it", "[engine]") {
  // 45.55 as a double lies below it, 0.1 above, 45.5 is the same number.
  CHECK(query_of("price", Operator::kEq, {integer(4555)}) ==
        R"({ "price" : { "$in" : [ { "$numberDecimal" : "45.55" }, 45.549999999999997158 ] } })");
  CHECK(query_of("price", Operator::kEq, {integer(4550)}) == R"({ "price" : { "$in" : [ { "$numberDecimal" : "45.50" } ] } })");
  CHECK(query_of("price", Operator::kNe, {integer(4550)}) == R"({ "price" : { "$nin" : [ { "$numberDecimal" : "45.50" } ] } })");
  CHECK(query_of("price", Operator::kGte, {integer(4555)}) == R"({ "price" : { "$gte" : 45.549999999999997158 } })");
  CHECK(query_of("price", Operator::kGt, {integer(4555)}) == R"({ "price" : { "$gt" : { "$numberDecimal" : "45.55" } } })");
  CHECK(query_of("price", Operator::kLt, {integer(4555)}) == R"({ "price" : { "$lt" : 45.549999999999997158 } })");
  CHECK(query_of("price", Operator::kLte, {integer(10)}) == R"({ "price" : { "$lte" : 0.10000000000000000555 } })");
  CHECK(query_of("price", Operator::kLt, {integer(10)}) == R"({ "price" : { "$lt" : { "$numberDecimal" : "0.10" } } })");
}

TEST_CASE("mongo: a decimal that is stored as a double is all that reads as it", "[engine]") {
  const std::string interval = R"({ "$gte" : { "$numberDecimal" : "1.495" }, "$lt" : { "$numberDecimal" : "1.505" } })";
  CHECK(query_of("cost", Operator::kEq, {integer(150)}) == R"({ "cost" : )" + interval + " }");
  CHECK(query_of("cost", Operator::kNe, {integer(150)}) == R"({ "$nor" : [ { "cost" : )" + interval + " } ] }");
  CHECK(query_of("cost", Operator::kIn, {integer(150)}) == R"({ "$or" : [ { "cost" : )" + interval + " } ] }");
  CHECK(query_of("cost", Operator::kGt, {integer(150)}) == R"({ "cost" : { "$gte" : { "$numberDecimal" : "1.505" } } })");
  CHECK(query_of("cost", Operator::kLt, {integer(150)}) == R"({ "cost" : { "$lt" : { "$numberDecimal" : "1.495" } } })");
  CHECK(query_of("cost", Operator::kLt, {integer(INT64_MIN)}) ==
        R"({ "cost" : { "$lt" : { "$numberDecimal" : "-92233720368547758.08" } } })");
}

TEST_CASE("mongo: a prefix is a range", "[engine]") {
  CHECK(query_of("name", Operator::kPrefix, {text("Vi")}) == R"({ "name" : { "$gte" : "Vi", "$lt" : "Vj" } })");
  CHECK(query_of("name", Operator::kPrefix, {text("\U0010FFFF")}) == "{ \"name\" : { \"$gte\" : \"\U0010FFFF\" } }");
  CHECK(query_of("name", Operator::kPrefix, {text("")}) == R"({ "name" : { "$ne" : null } })");
}

TEST_CASE("mongo: a pattern is a regular expression, and a range where it starts with letters", "[engine]") {
  CHECK(query_of("name", Operator::kLike, {text("Vis%")}) ==
        R"({ "name" : { "$gte" : "Vis", "$lt" : "Vit", "$regex" : "\\AVis", "$options" : "s" } })");
  CHECK(query_of("name", Operator::kLike, {text("%is")}) == R"({ "name" : { "$regex" : "is\\z", "$options" : "s" } })");
  CHECK(query_of("name", Operator::kLike, {text("100\\%")}) == R"({ "name" : { "$eq" : "100%" } })");
  CHECK(query_of("name", Operator::kIlike, {text("v1")}) == R"({ "name" : { "$regex" : "\\A[Vv]1\\z", "$options" : "s" } })");
}

TEST_CASE("mongo: only the last run of any length may give back what it took", "[engine]") {
  CHECK(regular_expression("", false) == "\\A\\z");
  CHECK(regular_expression("%", false).empty());
  CHECK(regular_expression("a%b", false) == "\\Aa.*b\\z");
  CHECK(regular_expression("%a%b_%c", false) == "\\A(?>.*?a)(?>.*?b.).*c\\z");
  CHECK(regular_expression("%a%b%", false) == "\\A(?>.*?a)(?>.*?b)");
  CHECK(regular_expression("a%b%", false) == "\\Aa(?>.*?b)");
}

TEST_CASE("mongo: one part is searched for, however far into a text it stands", "[engine]") {
  CHECK(regular_expression("%%a_%%", false) == "a.");
  CHECK(regular_expression("%_a", false) == ".a\\z");
  CHECK(regular_expression("a%", false) == "\\Aa");
  CHECK(regular_expression("%K%", true) == "[Kk\u212A]");
}

TEST_CASE("mongo: no character of a pattern means anything to a regular expression", "[engine]") {
  CHECK(regular_expression("a.b*(c)\\\\[^d]$ e-f\n", false) == "\\Aa\\.b\\*\\(c\\)\\\\\\[\\^d\\]\\$ e\\-f\n\\z");
  CHECK(regular_expression("\\_\\%", false) == "\\A\\_\\%\\z");
  CHECK(regular_expression("K\u00E9", true) == "\\A[Kk\u212A][\u00C9\u00E9]\\z");
}
