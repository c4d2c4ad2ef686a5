#include "engine/sql/statement.h"

#include <catch2/catch.hpp>

#include "engine/sql/condition.h"
#include "engine/sqlite/dialect.h"
#include "engine/testing/fixture.h"

using namespace holdfast;
using namespace holdfast::sql;
using sqlite::kDialect;

namespace {

constexpr const char* kItems = R"(
type: object
required: [name]
properties:
  name:     { type: string, maxLength: 50 }
  price:    { type: number, decimal: [10, 2] }
  isActive: { type: boolean, default: true }
  tags:     { type: array, items: { type: string, maxLength: 20 } }
  keys:     { type: array, items: { type: integer } }
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
  return Filter::on({model().ordinal(field).value(), op, std::move(operands)});
}

std::string condition_of(const Filter& filter) {
  Statement out;
  append_condition(out, kDialect, model(), filter);
  return out.text;
}

// What follows `from "items"`, which every list starts with.
std::vector<std::string> tails(const ListPlan& plan) {
  std::vector<std::string> out;
  for (const Statement& statement : list_statements(kDialect, plan)) {
    const std::size_t at = statement.text.find(" from \"items\"");
    REQUIRE(at != std::string::npos);
    out.push_back(statement.text.substr(at + 13));
  }
  return out;
}

ListPlan list_by(std::vector<SortKey> sort, std::vector<Value> after) {
  ListPlan plan;
  plan.model = &model();
  plan.sort = std::move(sort);
  plan.after = std::move(after);
  return plan;
}

using Texts = std::vector<std::string>;
const Value kNull{Null{}};

}  // namespace

TEST_CASE("sql: points and writes name every column", "[engine]") {
  CHECK(find_text(kDialect, model()) ==
        R"(select "_rev", "id", "name", "price", "is_active", "tags", "keys", "created_at", "updated_at" from "items" where "id" = ?1)");
  CHECK(insert_text(kDialect, model(), true) ==
        R"(insert into "items" ("_rev", "id", "name", "price", "is_active", "tags", "keys", "created_at", "updated_at") )"
        R"(values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9))");
  CHECK(insert_text(kDialect, model(), false).starts_with(R"(insert into "items" ("_rev", "name")"));
  CHECK(update_text(kDialect, model(), std::vector<std::size_t>{2, 7}) ==
        R"(update "items" set "_rev" = ?2, "price" = ?3, "updated_at" = ?4 where "id" = ?1)");
  CHECK(remove_text(kDialect, model()) == R"(delete from "items" where "id" = ?1)");
  CHECK(clash_text(kDialect, model(), std::vector<std::size_t>{1, 2}) ==
        R"(select 1 from "items" where "name" = ?2 and "price" = ?3 and "id" is not ?1 limit 1)");
}

TEST_CASE("sql: conditions take null as two-valued logic does", "[engine]") {
  CHECK(condition_of(on("price", Operator::kGte, {testing::integer(5)})) == R"("price" >= ?1)");
  CHECK(condition_of(on("price", Operator::kNe, {testing::integer(5)})) == R"("price" is not ?1)");
  CHECK(condition_of(on("name", Operator::kNe, {testing::text("a")})) == R"("name" <> ?1)");
  CHECK(condition_of(on("price", Operator::kNin, {testing::integer(5), testing::integer(6)})) == R"(("price" in (?1, ?2)) is not true)");
  CHECK(condition_of(on("price", Operator::kNull, {Value(true)})) == R"("price" is null)");
  CHECK(condition_of(Filter::negated(on("price", Operator::kLt, {testing::integer(5)}))) == R"(("price" < ?1) is not true)");
  CHECK(condition_of(Filter::any({on("price", Operator::kNull, {Value(false)}), on("isActive", Operator::kEq, {Value(true)})})) ==
        R"(("price" is not null or "is_active" = ?1))");
  CHECK(condition_of(Filter::any({})) == "false");
}

TEST_CASE("sql: patterns narrow by their literal beginning", "[engine]") {
  CHECK(condition_of(on("name", Operator::kPrefix, {testing::text("ab")})) == R"(("name" >= ?1 and "name" < ?2))");
  CHECK(condition_of(on("name", Operator::kPrefix, {testing::text("\U0010FFFF")})) == R"(("name" >= ?1))");
  CHECK(condition_of(on("name", Operator::kLike, {testing::text("a\\%b%")})) ==
        R"(("name" >= ?1 and "name" < ?2 and hf_like(?3, "name")))");
  CHECK(condition_of(on("name", Operator::kIlike, {testing::text("ab%")})) == R"((hf_ilike(?1, "name")))");
  CHECK(literal_prefix("a\\%b%") == "a%b");
  CHECK(successor("ab") == "ac");
  CHECK(successor("a\U0010FFFF") == "b");
  CHECK(successor("\uD7FF") == "\uE000");
  CHECK(successor("\u007F") == "\u0080");
  CHECK(successor("").empty());
}

TEST_CASE("sql: arrays are looked up in their side table when they are indexed", "[engine]") {
  CHECK(condition_of(on("tags", Operator::kHas, {testing::text("bio")})) ==
        R"("_row" in (select "row" from "_hf_items_tags" where value in (?1)))");
  CHECK(condition_of(on("keys", Operator::kHasAll, {testing::integer(1), testing::integer(2)})) ==
        R"((select count(distinct value) from json_each("items"."keys") )"
        R"(where value in (json_extract(?1, '$'), json_extract(?2, '$'))) = 2)");
  CHECK(condition_of(on("tags", Operator::kHasAll, {testing::text("a"), testing::text("b"), testing::text("a")})) ==
        R"("_row" in (select "row" from "_hf_items_tags" where value in (?1, ?2) group by "row" having count(*) = 2))");
}

TEST_CASE("sql: pages continue as one range where the order allows it", "[engine]") {
  const SortKey created{6, true}, name{1, false}, price_down{2, true}, id{0, false}, id_down{0, true};
  CHECK(tails(list_by({created, id_down}, {})) == Texts{R"( order by "created_at" desc, "id" desc limit ?1)"});
  CHECK(tails(list_by({created, id_down}, {testing::integer(1), testing::text("x")})) ==
        Texts{R"( where ("created_at", "id") < (?1, ?2) order by "created_at" desc, "id" desc limit ?3)"});
  CHECK(tails(list_by({id}, {testing::text("x")})) == Texts{R"( where "id" > ?1 order by "id" limit ?2)"});
  CHECK(tails(list_by({name, price_down, id_down}, {testing::text("n"), testing::integer(1), testing::text("x")})) ==
        Texts{R"( where "name" >= ?1 and (("id" < ?3 and "price" = ?2 or "price" < ?2 or "price" is null) and "name" = ?1 or "name" > ?1) )"
              R"(order by "name", "price" desc, "id" desc limit ?4)"});
  ListPlan offset = list_by({id}, {});
  offset.offset = 20;
  CHECK(tails(offset) == Texts{R"( order by "id" limit ?2 offset ?1)"});
}

TEST_CASE("sql: a page that nulls cut in two continues as two ranges", "[engine]") {
  const SortKey price{2, false}, price_down{2, true}, id{0, false}, id_down{0, true};
  const Value one = testing::integer(1), x = testing::text("x");
  CHECK(tails(list_by({price, id}, {one, x})) == Texts{R"( where ("price", "id") > (?1, ?2) order by "price", "id" limit ?3)"});
  CHECK(tails(list_by({price, id}, {kNull, x})) == Texts{R"( where "price" is null and "id" > ?1 order by "price", "id" limit ?2)",
                                                         R"( where "price" >= -9223372036854775808 order by "price", "id" limit ?1)"});
  CHECK(tails(list_by({price_down, id_down}, {one, x})) ==
        Texts{R"( where ("price", "id") < (?1, ?2) order by "price" desc, "id" desc limit ?3)",
              R"( where "price" is null order by "price" desc, "id" desc limit ?1)"});
  CHECK(tails(list_by({price_down, id_down}, {kNull, x})) ==
        Texts{R"( where "price" is null and "id" < ?1 order by "price" desc, "id" desc limit ?2)"});
}

TEST_CASE("sql: a projection selects its fields and the sort's", "[engine]") {
  ListPlan plan = list_by({{6, true}, {0, true}}, {});
  plan.fields = std::vector<std::size_t>{0, 2};
  CHECK(list_statements(kDialect, plan)[0].text ==
        R"(select "_rev", "id", "price", "created_at" from "items" order by "created_at" desc, "id" desc limit ?1)");
  CHECK(count_statement(kDialect, model(), Filter::all({})).text == R"(select count(*) from "items")");
}

namespace {

const Model& notes() {
  static const Catalog catalog =
      testing::catalog_of({{"notes",
                            "type: object\nproperties:\n  title: { type: string, maxLength: 50 }\n  body: { type: string }\n"
                            "  size: { type: integer }\nsearch: { fields: [title, body], language: simple }\n"}});
  return *catalog.find("notes");
}

ListPlan search_of(std::vector<SearchTerm> wanted, std::vector<SearchTerm> unwanted) {
  ListPlan plan;
  plan.model = &notes();
  plan.sort = {{0, true}};
  plan.by_rank = true;
  plan.search = SearchQuery{std::move(wanted), std::move(unwanted)};
  return plan;
}

using TermKind = SearchTerm::Kind;

}  // namespace

TEST_CASE("sql: a search becomes one expression of FTS5, as a parameter", "[engine]") {
  const auto match_of = [](std::vector<SearchTerm> wanted, std::vector<SearchTerm> unwanted) {
    const ListPlan plan = search_of(std::move(wanted), std::move(unwanted));
    const Statement statement = count_statement(kDialect, notes(), {}, plan.search);
    return statement.parameters[1].value.text() + " " + statement.parameters[0].value.text();
  };
  const SearchTerm vis{TermKind::kWord, {"vis"}}, nail{TermKind::kWord, {"clou", "cloux"}};
  CHECK(match_of({vis}, {}) == R"({s0 s1} : ("vis") 1)");
  CHECK(match_of({vis, nail}, {}) == R"({s0 s1} : ("vis" AND ("clou" OR "cloux")) 12)");
  CHECK(match_of({SearchTerm{TermKind::kPrefix, {"cas"}}, nail, SearchTerm{TermKind::kPhrase, {"bruit", "active"}}}, {vis, nail}) ==
        R"(({s0 s1} : (("clou" OR "cloux")) AND {w0 w1} : ("cas" * AND "bruit active")) )"
        R"(NOT ({s0 s1} : ("vis" OR ("clou" OR "cloux"))) 211)");
  CHECK(match_of({SearchTerm{TermKind::kPhrase, {"bruit"}}}, {}) == R"({w0 w1} : ("bruit") 1)");
}

TEST_CASE("sql: a search finds its page among narrow rows and reads whole records only of those on it", "[engine]") {
  ListPlan plan = search_of({SearchTerm{TermKind::kWord, {"vis"}}}, {});
  const std::string found = R"((select rowid as "_hf_row", hf_rank("_hf_notes__search", ?1) as "_hf_rank" from "_hf_notes__search" )"
                            R"(where "_hf_notes__search" match ?2) cross join "notes" on "notes"."_row" = "_hf_row")";
  CHECK(count_statement(kDialect, notes(), {}, plan.search).text == "select count(*) from " + found);
  const auto page_of = [&](const std::string& columns, const std::string& keys, const std::string& rest, const std::string& order) {
    return "select \"_rev\", " + columns + " from (select \"id\" as \"_hf_id\"" + keys + " from " + found + rest +
           ") as \"_hf_page\" cross join " + "\"notes\" where \"id\" = \"_hf_id\" order by " + order;
  };
  const std::string all = R"("id", "title", "body", "size")";
  const auto texts = [&] {
    Texts out;
    for (const Statement& statement : list_statements(kDialect, plan)) out.push_back(statement.text);
    return out;
  };
  CHECK(texts() == Texts{page_of(all + R"(, "_hf_rank")", R"(, "_hf_rank")", R"( order by "_hf_rank" desc, "id" desc limit ?3)",
                                 R"("_hf_rank" desc, "id" desc)")});
  plan.after = {testing::text("x")};
  plan.after_rank = std::string("\1\0", 2);
  CHECK(texts() ==
        Texts{page_of(all + R"(, "_hf_rank")", R"(, "_hf_rank")",
                      R"( where ("_hf_rank" < ?3 or "_hf_rank" = ?3 and "id" < ?4) order by "_hf_rank" desc, "id" desc limit ?5)",
                      R"("_hf_rank" desc, "id" desc)")});
  CHECK(list_statements(kDialect, plan)[0].parameters[2].value == testing::text("0100"));
  plan.by_rank = false;
  plan.sort = {{3, true}, {0, true}};
  plan.after = {testing::integer(1), testing::text("x")};
  plan.fields = std::vector<std::size_t>{0};
  CHECK(texts() == Texts{page_of(R"("id", "size")", "",
                                 R"( where (("size", "id") < (?3, ?4) or "size" is null) order by "size" desc, "id" desc limit ?5)",
                                 R"("size" desc, "id" desc)")});
}
