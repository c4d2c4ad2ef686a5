#include "engine/sql/statement.h"

#include <catch2/catch.hpp>

#include "engine/postgres/dialect.h"
#include "engine/postgres/search_columns.h"
#include "engine/sql/condition.h"
#include "engine/testing/fixture.h"

using namespace holdfast;
using namespace holdfast::sql;
using postgres::kDialect;

namespace {

constexpr const char* kItems = R"(
type: object
required: [name]
properties:
  name:     { type: string, maxLength: 50 }
  price:    { type: number, decimal: [10, 2] }
  isActive: { type: boolean, default: true }
  tags:     { type: array, items: { type: string, maxLength: 20 } }
  address:
    type: object
    properties:
      city:  { type: string, maxLength: 50 }
      count: { type: integer }
      open:  { type: boolean }
      since: { type: string, format: date-time }
      cost:  { type: number, decimal: [6, 2] }
      geo:   { type: object, properties: { lat: { type: number } } }
timestamps: true
indexes: [ [tags] ]
)";

const Catalog& items() {
  static const Catalog catalog = testing::catalog_of({{"items", kItems}});
  return catalog;
}
const Model& model() {
  return *items().find("items");
}

Filter on(const char* field, Operator op, std::vector<Value> operands) {
  return Filter::on({model().queryable(field).value(), op, std::move(operands)});
}

Statement statement_of(const Filter& filter) {
  Statement out;
  append_condition(out, kDialect, model(), filter);
  return out;
}
std::string condition_of(const Filter& filter) {
  return statement_of(filter).text;
}

using Texts = std::vector<std::string>;

// What follows `from "items"`, which every list starts with.
Texts tails(std::vector<SortKey> sort, std::vector<Value> after) {
  ListPlan plan;
  plan.model = &model();
  plan.sort = std::move(sort);
  plan.after = std::move(after);
  Texts out;
  for (const Statement& statement : list_statements(kDialect, plan)) {
    const std::size_t at = statement.text.find(" from \"items\"");
    REQUIRE(at != std::string::npos);
    out.push_back(statement.text.substr(at + 13));
  }
  return out;
}

const Value kNull{Null{}};
const Value kOne{std::int64_t{1}};

}  // namespace

TEST_CASE("postgres: points and writes number their parameters", "[engine]") {
  CHECK(find_many_text(kDialect, model()) == R"(select "_rev", "id", "name", "price", "is_active", "tags", "address", "created_at", )"
                                             R"("updated_at" from "items" where "id" = any($1))");
  CHECK(insert_text(kDialect, model(), false, Texts{"_hf_terms", "_hf_search"}) ==
        R"(insert into "items" ("_rev", "name", "price", "is_active", "tags", "address", "created_at", "updated_at", "_hf_terms", )"
        R"("_hf_search") values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10))");
  CHECK(update_text(kDialect, model(), std::vector<std::size_t>{2, 7}, Texts{"_hf_search"}) ==
        R"(update "items" set "_rev" = $2, "price" = $3, "updated_at" = $4, "_hf_search" = $5 where "id" = $1)");
  CHECK(clash_text(kDialect, model(), std::vector<std::size_t>{1}) ==
        R"(select 1 from "items" where "name" = $2 and "id" is distinct from $1 limit 1)");
}

TEST_CASE("postgres: a model that names a schema has its table there", "[engine]") {
  const Catalog catalog = testing::catalog_of({{"goods", "type: object\nschema: shop\nproperties: { name: { type: string } }\n"}});
  CHECK(remove_text(kDialect, *catalog.find("goods")) == R"(delete from "shop"."goods" where "id" = $1)");
}

TEST_CASE("postgres: conditions take null as two-valued logic does, and lists as one parameter", "[engine]") {
  CHECK(condition_of(on("price", Operator::kGte, {testing::integer(5)})) == R"("price" >= $1)");
  CHECK(condition_of(on("price", Operator::kNe, {testing::integer(5)})) == R"("price" is distinct from $1)");
  CHECK(condition_of(on("name", Operator::kNe, {testing::text("a")})) == R"("name" <> $1)");
  CHECK(condition_of(on("price", Operator::kNin, {testing::integer(5), testing::integer(6)})) == R"(("price" = any($1)) is not true)");
  const Statement in = statement_of(on("name", Operator::kIn, {testing::text("a"), testing::text("b")}));
  CHECK(in.text == R"("name" = any($1))");
  CHECK(in.parameters == std::vector<sql::Bound>{{&model().fields[1], testing::texts({"a", "b"})}});
}

TEST_CASE("postgres: arrays are asked by their own operators, which an index answers", "[engine]") {
  CHECK(condition_of(on("tags", Operator::kHas, {testing::text("a")})) == R"("tags" && $1)");
  CHECK(condition_of(on("tags", Operator::kHasAny, {testing::text("a"), testing::text("b")})) == R"("tags" && $1)");
  CHECK(condition_of(on("tags", Operator::kHasAll, {testing::text("a"), testing::text("b")})) == R"("tags" @> $1)");
}

TEST_CASE("postgres: members of objects are compared as their type, and a value of another one is none", "[engine]") {
  CHECK(condition_of(on("address.city", Operator::kGt, {testing::text("Lyon")})) == R"((("address"->>'city') collate "C") > $1)");
  CHECK(condition_of(on("address.count", Operator::kEq, {testing::integer(5)})) ==
        R"((case when jsonb_typeof("address"->'count') = 'number' then ("address"->'count')::numeric end) = $1)");
  CHECK(
      condition_of(on("address.geo.lat", Operator::kLt, {Value(0.5)})) ==
      R"((case when jsonb_typeof("address"->'geo'->'lat') = 'number' then )"
      R"(case when abs(("address"->'geo'->'lat')::numeric) < 2.4703282292062328e-324 then 0 )"
      R"(when abs(("address"->'geo'->'lat')::numeric) <= 1.797693134862315807e308 then ("address"->'geo'->'lat')::double precision end end) < $1)");
  CHECK(condition_of(on("address.open", Operator::kIn, {Value(true)})) ==
        R"((case when jsonb_typeof("address"->'open') = 'boolean' then ("address"->'open')::boolean end) = any($1))");
  CHECK(condition_of(on("address.geo", Operator::kNull, {Value(true)})) == R"((("address"->>'geo') collate "C") is null)");
  const Statement since = statement_of(on("address.since", Operator::kGte, {testing::integer(0)}));
  CHECK(since.text == R"((("address"->>'since') collate "C") >= $1)");
  CHECK(since.parameters == std::vector<sql::Bound>{{nullptr, testing::text("1970-01-01T00:00:00.000Z")}});
  const Statement cost = statement_of(on("address.cost", Operator::kIn, {testing::integer(150)}));
  REQUIRE(cost.parameters.size() == 1);
  REQUIRE(cost.parameters[0].field != nullptr);  // whose scale the codec needs
  CHECK(cost.parameters[0].field->scale == 2);
}

TEST_CASE("postgres: patterns are regular expressions with every letter's class spelt out", "[engine]") {
  using postgres::regular_expression;
  CHECK(regular_expression("", false) == "^$");
  CHECK(regular_expression("%a_b%", false) == "^.*a.b.*$");
  CHECK(regular_expression("%_%_%%", false) == "^...*$");
  CHECK(regular_expression(R"(a\%b\\c\d)", false) == R"(^a\%b\\cd$)");
  CHECK(regular_expression("(a|b)*+?{2}[^c].$ ~\n", false) == "^\\(a\\|b\\)\\*\\+\\?\\{2\\}\\[\\^c\\]\\.\\$ \\~\\\n$");
  CHECK(regular_expression("ab9é", true) == "^[Aa][Bb]9[Éé]$");
  CHECK(regular_expression("k", true) == "^[Kk\u212A]$");
  CHECK(regular_expression("K", false) == "^K$");
  CHECK(condition_of(on("name", Operator::kPrefix, {testing::text("ab")})) == R"(("name" >= $1 and "name" < $2))");
  CHECK(condition_of(on("name", Operator::kLike, {testing::text("ab%c")})) == R"(("name" >= $1 and "name" < $2 and "name" ~ $3))");
  CHECK(condition_of(on("name", Operator::kIlike, {testing::text("ab%")})) == R"(("name" ~ $1))");
}

TEST_CASE("postgres: an order says where nulls stand exactly where there may be any", "[engine]") {
  const SortKey created{6, true}, price{2, false}, price_down{2, true}, id{0, false}, id_down{0, true};
  const SortKey city{model().queryable("address.city").value(), false};
  const Value x = testing::text("x");
  CHECK(tails({created, id_down}, {}) == Texts{R"( order by "created_at" desc, "id" desc limit $1)"});
  CHECK(tails({price, id}, {kOne, x}) == Texts{R"( where ("price", "id") > ($1, $2) order by "price" nulls first, "id" limit $3)"});
  CHECK(tails({price, id}, {kNull, x}) == Texts{R"( where "price" is null and "id" > $1 order by "price" nulls first, "id" limit $2)",
                                                R"( where "price" is not null order by "price" nulls first, "id" limit $1)"});
  CHECK(tails({price_down, id_down}, {kOne, x}) ==
        Texts{R"( where ("price", "id") < ($1, $2) order by "price" desc nulls last, "id" desc limit $3)",
              R"( where "price" is null order by "price" desc nulls last, "id" desc limit $1)"});
  CHECK(tails({{1, false}, price_down, id_down}, {testing::text("n"), kOne, x}) ==
        Texts{R"( where "name" >= $1 and (("id" < $3 and "price" = $2 or "price" < $2 or "price" is null) and "name" = $1 or "name" > $1) )"
              R"(order by "name", "price" desc nulls last, "id" desc limit $4)"});
  const std::string path = R"((("address"->>'city') collate "C"))";
  CHECK(tails({city, id}, {kNull, x}) ==
        Texts{" where " + path + R"( is null and "id" > $1 order by )" + path + R"( nulls first, "id" limit $2)",
              " where " + path + " is not null order by " + path + R"( nulls first, "id" limit $1)"});
}

namespace {

const Model& notes() {
  static const Catalog catalog =
      testing::catalog_of({{"notes",
                            "type: object\nproperties:\n  title: { type: string, maxLength: 50 }\n  body: { type: string }\n"
                            "  size: { type: integer }\nsearch: { fields: [title, body], language: simple }\n"}});
  return *catalog.find("notes");
}

using TermKind = SearchTerm::Kind;

// The conditions of the search, and its parameters as JSON-like text.
std::string search_of(std::vector<SearchTerm> wanted, std::vector<SearchTerm> unwanted = {}) {
  Statement out;
  postgres::append_search(out, notes(), SearchQuery{std::move(wanted), std::move(unwanted)});
  const std::size_t at = out.text.find(" where ");
  std::string text = out.text.substr(at + 7, out.text.size() - at - 7 - std::string_view(") as \"_hf_found\"").size());
  for (const sql::Bound& parameter : out.parameters) {
    text += " {";
    for (const Value& value : parameter.value.array()) text += "|" + value.text();
    text += "}";
  }
  return text;
}

}  // namespace

TEST_CASE("postgres: each term of a search is a lookup in one index", "[engine]") {
  const SearchTerm vis{TermKind::kWord, {"vis"}}, nail{TermKind::kWord, {"clou", "cloux"}};
  CHECK(search_of({vis}) == R"("_hf_terms" && $2 {|% vis %} {|vis})");
  CHECK(search_of({vis}, {nail, vis}) == R"("_hf_terms" && $2 and not "_hf_terms" && $3 {|% vis %} {|vis} {|clou|cloux|vis})");
  CHECK(search_of({SearchTerm{TermKind::kPrefix, {"cas"}}}) == R"("_hf_terms" @> $2 {|% cas%} {|cas*})");
  CHECK(search_of({SearchTerm{TermKind::kPrefix, {"castor"}}}) ==
        R"("_hf_terms" @> $2 and ("_hf_w0" like any($1) or "_hf_w1" like any($1)) {|% castor%} {|cast*})");
  CHECK(search_of({SearchTerm{TermKind::kPrefix, {"é"}}}) == R"(("_hf_w0" like any($1) or "_hf_w1" like any($1)) {|% é%})");
  CHECK(search_of({SearchTerm{TermKind::kPhrase, {"bruit", "de", "a"}}}) ==
        R"("_hf_terms" @> $2 and ("_hf_w0" like any($1) or "_hf_w1" like any($1)) {|% bruit de a %} {|brui*|de*|a*})");
}

TEST_CASE("postgres: a rank counts the terms of each field, as two hexadecimal digits", "[engine]") {
  Statement out;
  postgres::append_search(out, notes(), {{SearchTerm{TermKind::kWord, {"vis"}}, SearchTerm{TermKind::kPrefix, {"cas"}}}, {}});
  CHECK(out.text == R"((select "_hf_t".*, (lpad(to_hex(("_hf_s0" like any($1))::int + ("_hf_w0" like any($3))::int), 2, '0') || )"
                    R"(lpad(to_hex(("_hf_s1" like any($1))::int + ("_hf_w1" like any($3))::int), 2, '0')) collate "C" as "_hf_rank" )"
                    R"(from "notes" as "_hf_t" where "_hf_terms" && $2 and "_hf_terms" @> $4) as "_hf_found")");
}

TEST_CASE("postgres: types and defaults of columns", "[engine]") {
  const Catalog catalog = testing::catalog_of({{"people", "type: object\nproperties: { name: { type: string } }\n"}, {"things", R"(
type: object
id: integer
properties:
  a: { type: string, default: "it's a \\" }
  b: { type: integer, default: -5 }
  c: { type: number, default: 1.5 }
  d: { type: number, decimal: [10, 2], default: 1.5 }
  e: { type: boolean, default: false }
  f: { type: string, format: date-time, default: "2026-01-02T03:04:05Z" }
  g: { type: string, format: date, default: "2026-01-02" }
  h: { type: array, items: { type: string }, default: [x, y] }
  i: { type: array, items: { type: object, properties: { n: { type: integer } } } }
  j: { type: object, additionalProperties: true }
  k: { ref: people }
  l: { type: string, format: uuid }
)"}});
  const Model& things = *catalog.find("things");
  Texts types, literals;
  for (const Field& field : things.fields) {
    types.push_back(kDialect.column_type(field));
    const bool has_default = !field.default_value.is_absent() && !field.default_value.is_null();
    if (has_default) literals.push_back(kDialect.literal(field, field.default_value));
  }
  CHECK(types == Texts{"bigint", "text collate \"C\"", "bigint", "double precision", "numeric(10,2)", "boolean",
                       "timestamp(3) with time zone", "date", "text[] collate \"C\"", "jsonb", "jsonb", "uuid", "text collate \"C\""});
  CHECK(literals == Texts{"E'it''s a \\\\'::text", "'-5'::bigint", "'1.5'::double precision", "'1.50'::numeric", "false",
                          "'2026-01-02T03:04:05.000Z'::timestamp with time zone", "'2026-01-02'::date",
                          "array['x'::text, 'y'::text]::text[]", "'[]'::jsonb"});
}
