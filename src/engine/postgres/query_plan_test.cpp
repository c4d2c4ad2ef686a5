// Pages start where they should: PostgreSQL is asked for its plan of our statements.

#include <catch2/catch.hpp>

#include "engine/postgres/codec.h"
#include "engine/postgres/dialect.h"
#include "engine/postgres/introspection.h"
#include "engine/postgres/schema.h"
#include "engine/postgres/testing/schema.h"
#include "engine/sql/statement.h"
#include "engine/testing/fixture.h"
#include "engine/testing/servers.h"

using namespace holdfast;
using namespace holdfast::postgres;
using Catch::Contains;

namespace {

constexpr const char* kItems = R"(
type: object
required: [name]
properties:
  name:   { type: string, maxLength: 50 }
  code:   { type: string, maxLength: 50, unique: true }
  price:  { type: number, decimal: [10, 2] }
  status: { enum: [draft, paid] }
  tags:   { type: array, items: { type: string, maxLength: 20 } }
  text:   { type: string }
  place:  { type: object, properties: { city: { type: string, maxLength: 20 }, size: { type: integer }, lat: { type: number } } }
timestamps: true
indexes: [ [name], [-price], [status, -price], [tags], [place.city], [-place.size], [place.lat] ]
search: { fields: [name, text], language: simple }
)";

// Enough records of different values that a scan of all of them is never the better plan.
constexpr const char* kRecords = R"(
insert into items (id, name, code, price, status, tags, text, place, created_at, updated_at, _hf_terms, _hf_s0, _hf_w0, _hf_s1, _hf_w1)
select gen_random_uuid(), 'n' || n, case when n % 3 > 0 then 'c' || n end, case when n % 5 > 0 then n end,
       (array['draft', 'paid'])[1 + n % 2], array['t' || n % 1000], 'x',
       jsonb_build_object('city', 'c' || n, 'size', n, 'lat', n / 7.0), now(), now(),
       array['s' || n, 'ab' || n % 100 || '*'], ' a ', ' a ', ' a ', ' a '
from generate_series(1, 20000) n;
analyze items;
)";

struct Planned {
  testing::TestSchema schema;
  Catalog catalog = testing::catalog_of({{"items", kItems}});
  const Model& model = *catalog.find("items");
  DirectSession session{ConnectionHandle(PQconnectdb(testing::require_server("HOLDFAST_TEST_DATABASE_URL").c_str()))};

  Planned() {
    prepare_schema(session, catalog, "set local search_path = " + schema.name());
    schema.run(kRecords);
    REQUIRE(session.run_text("set search_path = " + schema.name()).has_value());
  }

  std::string plan_of(const sql::Statement& statement) {
    Query query = encode(statement);
    INFO(query.text);
    query.text = "explain (costs off) " + query.text;
    const Outcome<Answer> answer = session.run(query);
    if (!answer) FAIL(answer.error().message);
    std::string out;
    for (int row = 0; row < answer->rows(); ++row) out.append(answer->bytes(row, 0)).append("\n");
    return out;
  }
  std::vector<std::string> plans_of(std::vector<SortKey> sort, std::vector<Value> after, Filter filter = {}) {
    ListPlan plan;
    plan.model = &model;
    plan.sort = std::move(sort);
    plan.after = std::move(after);
    plan.filter = std::move(filter);
    std::vector<std::string> out;
    for (const sql::Statement& statement : sql::list_statements(kDialect, plan)) out.push_back(plan_of(statement));
    return out;
  }
  SortKey key(const char* path, bool descending) const { return {model.queryable(path).value(), descending}; }
  Filter on(const char* path, Operator op, std::vector<Value> operands) const {
    return Filter::on({model.queryable(path).value(), op, std::move(operands)});
  }
};

}  // namespace

TEST_CASE("postgres plan: no page sorts, and a continuation starts inside the index", "[postgres]") {
  Planned db;
  const Value null{Null{}}, one = testing::integer(1), x = testing::text("n5"), id = testing::text("01234567-89ab-cdef-0123-456789abcdef");
  const SortKey up = db.key("id", false), down = db.key("id", true);
  const auto check = [&](const std::vector<std::string>& plans, const std::vector<std::vector<std::string>>& contain) {
    REQUIRE(plans.size() == contain.size());
    for (std::size_t i = 0; i < plans.size(); ++i) {
      for (const std::string& part : contain[i]) CHECK_THAT(plans[i], Contains(part));
      CHECK_THAT(plans[i], !Contains("Sort"));
    }
  };
  check(db.plans_of({db.key("createdAt", true), down}, {}), {{"Index Scan Backward using ix_items__created_at"}});
  check(db.plans_of({db.key("createdAt", true), down}, {one, id}), {{"using ix_items__created_at", "Index Cond: (ROW(created_at, id) < "}});
  check(db.plans_of({up}, {id}), {{"using items_pkey", "Index Cond: (id > "}});
  check(db.plans_of({db.key("name", false), up}, {x, id}), {{"using ix_items__name", "Index Cond: (ROW(name, id) > "}});
  const SortKey status = db.key("status", false);
  check(db.plans_of({status, db.key("price", true), down}, {}), {{"using ix_items__status__price_desc"}});
  check(db.plans_of({status, db.key("price", true), down}, {testing::text("draft"), one, id}),
        {{"using ix_items__status__price_desc", "Index Cond: (status >= 'draft'::text)"}});
  const SortKey price = db.key("price", false), price_down = db.key("price", true);
  check(db.plans_of({price, up}, {one, id}), {{"Index Scan Backward using ix_items__price_desc", "Index Cond: (ROW(price, id) > "}});
  check(db.plans_of({price, up}, {null, id}),
        {{"using ix_items__price_desc", "Index Cond: ((price IS NULL) AND (id > "}, {"using ix_items__price_desc", "(price IS NOT NULL)"}});
  check(db.plans_of({price_down, down}, {one, id}),
        {{"using ix_items__price_desc", "Index Cond: (ROW(price, id) < "}, {"using ix_items__price_desc", "Index Cond: (price IS NULL)"}});
  check(db.plans_of({price_down, down}, {null, id}), {{"using ix_items__price_desc", "Index Cond: ((price IS NULL) AND (id < "}});
}

TEST_CASE("postgres plan: an order that begins like an index sorts no more than what is equal there", "[postgres]") {
  Planned db;
  const Value id = testing::text("01234567-89ab-cdef-0123-456789abcdef");
  const SortKey up = db.key("id", false), down = db.key("id", true);
  CHECK_THAT(db.plans_of({db.key("code", false), up}, {}).front(), Contains("Incremental Sort") && Contains("uq_items__code"));
  CHECK_THAT(db.plans_of({db.key("name", false), db.key("createdAt", true), down}, {testing::text("n5"), testing::integer(1), id}).front(),
             Contains("Incremental Sort") && Contains("Index Cond: (name >= "));
}

TEST_CASE("postgres plan: members of objects page by their own indexes", "[postgres]") {
  Planned db;
  const Value null{Null{}}, id = testing::text("01234567-89ab-cdef-0123-456789abcdef");
  const SortKey up = db.key("id", false), down = db.key("id", true);
  for (const auto& [path, value] : std::vector<std::pair<const char*, Value>>{
           {"place.city", testing::text("c5")}, {"place.size", testing::integer(5)}, {"place.lat", Value(0.5)}}) {
    for (const std::vector<SortKey>& sort : {std::vector<SortKey>{db.key(path, false), up}, {db.key(path, true), down}}) {
      for (const std::vector<Value>& after : {std::vector<Value>{}, {value, id}, {null, id}}) {
        for (const std::string& plan : db.plans_of(sort, after)) {
          CHECK_THAT(plan, Contains(std::string("ix_items__") + path));
          CHECK_THAT(plan, !Contains("Sort"));
          if (!after.empty()) CHECK_THAT(plan, Contains("Index Cond"));
        }
      }
    }
  }
}

TEST_CASE("postgres plan: filters use the indexes that the model declares", "[postgres]") {
  Planned db;
  const auto count = [&](Filter filter) { return db.plan_of(sql::count_statement(kDialect, db.model, filter)); };
  CHECK_THAT(count(db.on("name", Operator::kPrefix, {testing::text("n55")})), Contains("ix_items__name"));
  CHECK_THAT(count(db.on("name", Operator::kLike, {testing::text("n55%c")})), Contains("ix_items__name"));
  CHECK_THAT(count(db.on("code", Operator::kEq, {testing::text("c5")})), Contains("uq_items__code"));
  CHECK_THAT(count(db.on("code", Operator::kIn, {testing::text("c5"), testing::text("c6")})), Contains("uq_items__code"));
  CHECK_THAT(count(db.on("price", Operator::kLt, {testing::integer(500)})), Contains("ix_items__price_desc"));
  CHECK_THAT(count(db.on("tags", Operator::kHas, {testing::text("t5")})), Contains("ix_items__tags"));
  CHECK_THAT(count(db.on("tags", Operator::kHasAll, {testing::text("t5"), testing::text("t6")})), Contains("ix_items__tags"));
  CHECK_THAT(count(db.on("place.size", Operator::kEq, {testing::integer(5)})), Contains("ix_items__place.size_desc"));
  CHECK_THAT(count(db.on("place.city", Operator::kIn, {testing::text("c5")})), Contains("ix_items__place.city"));
  CHECK_THAT(count(db.on("place.lat", Operator::kIn, {Value(5.0)})), Contains("ix_items__place.lat"));
}

TEST_CASE("postgres plan: a search is a lookup in its one index", "[postgres]") {
  Planned db;
  const auto search = [](SearchTerm::Kind kind, std::vector<std::string> texts) {
    return SearchQuery{{SearchTerm{kind, std::move(texts)}}, {}};
  };
  const auto count = [&](const SearchQuery& query) { return db.plan_of(sql::count_statement(kDialect, db.model, {}, query)); };
  CHECK_THAT(count(search(SearchTerm::Kind::kWord, {"s5"})), Contains("ix_items___hf_terms"));
  CHECK_THAT(count(search(SearchTerm::Kind::kPrefix, {"ab55"})), Contains("ix_items___hf_terms"));
  CHECK_THAT(count(search(SearchTerm::Kind::kPhrase, {"ab55", "ab56"})), Contains("ix_items___hf_terms"));
  ListPlan plan;
  plan.model = &db.model;
  plan.sort = {{0, true}};
  plan.by_rank = true;
  plan.search = search(SearchTerm::Kind::kWord, {"s5"});
  for (const std::string& after : {std::string(), std::string("\1\0", 2)}) {
    if (!after.empty()) plan.after = {testing::text("01234567-89ab-cdef-0123-456789abcdef")};
    plan.after_rank = after;
    CHECK_THAT(db.plan_of(sql::list_statements(kDialect, plan).front()), Contains("ix_items___hf_terms"));
  }
}
