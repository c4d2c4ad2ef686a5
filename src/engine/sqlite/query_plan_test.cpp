// Pages start where they should: SQLite is asked for its plan of our statements.

#include <catch2/catch.hpp>

#include "engine/sql/statement.h"
#include "engine/sqlite/connection.h"
#include "engine/sqlite/dialect.h"
#include "engine/sqlite/schema.h"
#include "engine/testing/fixture.h"

using namespace holdfast;
using namespace holdfast::sqlite;
using Catch::Contains;

namespace {

constexpr const char* kItems = R"(
type: object
required: [name]
properties:
  name:   { type: string, maxLength: 50 }
  price:  { type: number, decimal: [10, 2] }
  status: { enum: [draft, paid] }
  tags:   { type: array, items: { type: string, maxLength: 20 } }
timestamps: true
indexes: [ [name], [-price], [status, -price], [tags] ]
)";

struct Planned {
  testing::TemporaryFolder folder;
  Catalog catalog = testing::catalog_of({{"items", kItems}});
  const Model& model = *catalog.find("items");
  Options options = [this] {
    Options made;
    made.file = folder.path() / "holdfast.db";
    return made;
  }();
  Database database = open_database(options, sqlite::Role::kWriter);

  Planned() { prepare_schema(database.get(), options, catalog); }

  std::string plan_of(const sql::Statement& statement) {
    PreparedStatement explain = sqlite::prepare(database.get(), "explain query plan " + statement.text, false);
    INFO(statement.text);
    REQUIRE(explain != nullptr);
    std::string out;
    while (sqlite3_step(explain.get()) == SQLITE_ROW) {
      out.append(reinterpret_cast<const char*>(sqlite3_column_text(explain.get(), 3))).append("\n");
    }
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
};

}  // namespace

TEST_CASE("sqlite plan: no page sorts, and a continuation starts inside the index", "[engine]") {
  Planned db;
  const Value null{Null{}}, one = testing::integer(1), x = testing::text("x");
  const SortKey name{1, false}, price{2, false}, price_down{2, true}, created{5, true}, id{0, false}, id_down{0, true};
  const auto check = [&](const std::vector<std::string>& plans, const std::vector<std::string>& contain) {
    REQUIRE(plans.size() == contain.size());
    for (std::size_t i = 0; i < plans.size(); ++i) {
      CHECK_THAT(plans[i], Contains(contain[i]));
      CHECK_THAT(plans[i], !Contains("TEMP B-TREE"));
    }
  };
  check(db.plans_of({created, id_down}, {}), {"SCAN items USING INDEX ix_items__created_at"});
  check(db.plans_of({created, id_down}, {one, x}), {"USING INDEX ix_items__created_at ((created_at,id)<(?,?))"});
  check(db.plans_of({name, id}, {x, x}), {"USING INDEX ix_items__name ((name,id)>(?,?))"});
  check(db.plans_of({price, id}, {one, x}), {"USING INDEX ix_items__price_desc ((price,id)>(?,?))"});
  check(db.plans_of({price, id}, {null, x}),
        {"USING INDEX ix_items__price_desc (price=? AND id>?)", "USING INDEX ix_items__price_desc (price>?)"});
  check(db.plans_of({price_down, id_down}, {one, x}),
        {"USING INDEX ix_items__price_desc ((price,id)<(?,?))", "USING INDEX ix_items__price_desc (price=?)"});
  check(db.plans_of({price_down, id_down}, {null, x}), {"USING INDEX ix_items__price_desc (price=? AND id<?)"});
  check(db.plans_of({id}, {x}), {"USING INDEX sqlite_autoindex_items_1 (id>?)"});
  check(db.plans_of({price_down, id_down}, {}, Filter::on({3, Operator::kEq, {testing::text("paid")}})),
        {"USING INDEX ix_items__status__price_desc (status=?)"});
}

TEST_CASE("sqlite plan: filters use the indexes that the model declares", "[engine]") {
  Planned db;
  const auto count = [&](Filter filter) { return db.plan_of(sql::count_statement(kDialect, db.model, filter)); };
  CHECK_THAT(count(Filter::on({1, Operator::kPrefix, {testing::text("ab")}})), Contains("ix_items__name (name>? AND name<?)"));
  CHECK_THAT(count(Filter::on({1, Operator::kLike, {testing::text("ab%c")}})), Contains("ix_items__name (name>? AND name<?)"));
  CHECK_THAT(count(Filter::on({2, Operator::kGte, {testing::integer(5)}})), Contains("ix_items__price_desc (price>?)"));
  CHECK_THAT(count(Filter::on({4, Operator::kHas, {testing::text("bio")}})), Contains("_hf_items_tags USING PRIMARY KEY (value=?)"));
  CHECK_THAT(count(Filter::on({4, Operator::kHas, {testing::text("bio")}})), Contains("USING INTEGER PRIMARY KEY (rowid=?)"));
}
