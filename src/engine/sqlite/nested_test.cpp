// Fields inside objects: stored, filtered, sorted and indexed by their path, against a reading of the same records in plain code.

#include <algorithm>
#include <catch2/catch.hpp>
#include <limits>
#include <random>

#include "engine/sql/condition.h"
#include "engine/sql/statement.h"
#include "engine/sqlite/connection.h"
#include "engine/sqlite/dialect.h"
#include "engine/sqlite/engine.h"
#include "engine/sqlite/schema.h"
#include "engine/sqlite/schema_text.h"
#include "engine/testing/fixture.h"
#include "model/testing_nested.h"
#include "query/testing_model.h"

using namespace holdfast;
using Catch::Contains;
using testing::field;
using testing::object;

namespace {

constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

Model places(int rent_scale = 2) {
  std::vector<Field> geo{field("lat", Kind::kNumber), field("label", Kind::kString)};
  std::vector<Field> address{field("city", Kind::kString),
                             field("zip", Kind::kInteger),
                             testing::decimal("rent", 18, rent_scale),
                             field("isOpen", Kind::kBoolean),
                             field("since", Kind::kDateTime),
                             field("day", Kind::kDate),
                             object("geo", std::move(geo)),
                             testing::array_field("tags", field("", Kind::kString)),
                             field("extra", Kind::kJson)};
  std::vector<Field> line{field("sku", Kind::kString), testing::decimal("price", 9, rent_scale)};
  Model model = testing::model_of(
      "places", IdKind::kText,
      {object("address", std::move(address)), testing::array_field("lines", object("", std::move(line))), field("meta", Kind::kJson)},
      false);
  model.flatten();
  return model;
}

Model indexed_places() {
  Model model = places();
  for (const char* path : {"address.city", "address.zip", "address.geo.lat"}) model.indexes.push_back({{{*model.queryable(path), false}}});
  model.indexes.push_back({{{*model.queryable("address.isOpen"), false}, {*model.queryable("address.rent"), true}}});
  return model;
}

Catalog catalog_of(Model model) {
  std::vector<Model> models;
  models.push_back(std::move(model));
  return Catalog(std::move(models));
}

struct Places {
  explicit Places(Model made) : catalog(catalog_of(std::move(made))) {
    options.file = folder.path() / "holdfast.db";
    engine = sqlite::open(options, catalog, clock);
    store = engine->attach(loop);
  }
  ~Places() { engine->close(); }

  void create(const std::string& id, Value address, Value lines = Null{}, Value meta = Null{}) {
    WritePlan plan = testing::create_plan(model, testing::text(id),
                                          {{"address", std::move(address)}, {"lines", std::move(lines)}, {"meta", std::move(meta)}});
    const Result<Written> written = testing::run(loop, store->write(std::move(plan)));
    REQUIRE(written.has_value());
    records.push_back(*written->after);
  }
  Result<Listing> list(const ListPlan& plan) { return testing::run(loop, store->list(plan)); }
  std::size_t ordinal(const char* path) const { return *model.queryable(path); }

  testing::TemporaryFolder folder;
  testing::FixedClock clock;
  Catalog catalog;
  const Model& model = catalog.models().front();
  sqlite::Options options;
  asio::io_context loop{1};
  std::unique_ptr<Engine> engine;
  std::unique_ptr<Store> store;
  std::vector<Record> records;
};

class Values {
 public:
  explicit Values(unsigned seed) : random_(seed) {}

  std::size_t below(std::size_t bound) { return random_() % bound; }
  Value of(const Field& field) {
    if (below(5) == 0) return Null{};
    switch (field.kind) {
      case Kind::kString: {
        static const std::vector<std::string> texts{"",           "a",          "ab",     "a\"b\\",      "é",    "e\xcc\x81", "İ",
                                                    "\U0001F600", "\U0010FFFF", "\uFFFD", "a\n\x01\x7f", "null", "1",         "ß%_"};
        return testing::text(texts[below(texts.size())]);
      }
      case Kind::kInteger:
      case Kind::kDecimal: {
        static const std::vector<std::int64_t> integers{0, -1, 1, 2, 10, kLeast, kMost, kMost - 1, 9007199254740993};
        const std::int64_t value = integers[below(integers.size())];
        return Value(field.kind == Kind::kDecimal ? value / 10 : value);
      }
      case Kind::kNumber: {
        static const std::vector<double> numbers{
            0, 0.1, 0.30000000000000004, 1, 1e21, -1e21, 5e-324, 1.7976931348623157e308, 123456789012345680.0, -2.5};
        return Value(numbers[below(numbers.size())]);
      }
      case Kind::kBoolean:
        return Value(below(2) == 0);
      case Kind::kDateTime:
        return Value(static_cast<std::int64_t>(below(3)) * 86'400'001 - 62'135'596'800'000);
      case Kind::kDate:
        return testing::text(below(2) == 0 ? "2024-02-29" : "0001-01-01");
      case Kind::kArray: {
        Value::Array items;
        for (std::size_t i = below(3); i > 0; --i) {
          Value item = of(*field.element);
          if (!item.is_null()) items.push_back(std::move(item));
        }
        return Value(std::move(items));
      }
      case Kind::kObject: {
        Value::Array members;
        for (const Field& member : field.properties) members.push_back(of(member));
        return Value(std::move(members));
      }
      case Kind::kJson:
        return testing::text(below(2) == 0 ? "{}" : R"({"a":[1,null,"é"],"b":{"c":1.5}})");
    }
    return Null{};
  }

 private:
  std::mt19937 random_;
};

bool holds(const Condition& condition, const Value& value) {
  const auto& operands = condition.operands;
  const bool is_null = value.is_null();
  const auto order = [&] { return compare(value, operands.front()); };
  const bool among = std::find(operands.begin(), operands.end(), value) != operands.end();
  switch (condition.op) {
    case Operator::kEq:
    case Operator::kIn:
      return among;
    case Operator::kNe:
    case Operator::kNin:
      return !among;
    case Operator::kGt:
      return !is_null && order() > 0;
    case Operator::kGte:
      return !is_null && order() >= 0;
    case Operator::kLt:
      return !is_null && order() < 0;
    case Operator::kLte:
      return !is_null && order() <= 0;
    case Operator::kPrefix:
      return !is_null && value.text().starts_with(operands.front().text());
    case Operator::kNull:
      return is_null == operands.front().boolean();
    default:
      return false;
  }
}

Condition random_condition(Values& values, const Model& model) {
  static const std::vector<Operator> scalar{Operator::kEq,  Operator::kNe, Operator::kGt,  Operator::kGte, Operator::kLt,
                                            Operator::kLte, Operator::kIn, Operator::kNin, Operator::kNull};
  Condition condition;
  condition.field = 1 + values.below(model.fields.size() + model.nested.size() - 1);
  const Field& field = model.field(condition.field);
  condition.op = field.is_scalar() ? scalar[values.below(scalar.size())] : Operator::kNull;
  if (field.kind == Kind::kString && values.below(4) == 0) condition.op = Operator::kPrefix;
  if (condition.op == Operator::kNull) {
    condition.operands = {Value(values.below(2) == 0)};
    return condition;
  }
  const bool is_list = condition.op == Operator::kIn || condition.op == Operator::kNin;
  while (condition.operands.size() < (is_list ? 3 : 1)) {
    Value value = values.of(field);
    const bool is_empty_prefix = condition.op == Operator::kPrefix && !value.is_null() && value.text().empty();
    if (!value.is_null() && !is_empty_prefix) condition.operands.push_back(std::move(value));
  }
  return condition;
}

std::vector<std::string> ids_of(const std::vector<Record>& records) {
  std::vector<std::string> ids;
  for (const Record& record : records) ids.push_back(record.values[0].text());
  return ids;
}

void check_against_plain_code(Places& db, unsigned seed) {
  Values values(seed);
  for (int i = 0; i < 60; ++i) {
    const Model& model = db.model;
    db.create("r" + std::to_string(i), values.of(model.fields[1]), values.of(model.fields[2]), values.of(model.fields[3]));
  }
  for (int i = 0; i < 300; ++i) {
    ListPlan plan;
    plan.model = &db.model;
    const Condition condition = random_condition(values, db.model);
    plan.filter = Filter::on(condition);
    plan.limit = 1 + static_cast<std::int64_t>(values.below(20));
    for (std::size_t keys = 1 + values.below(2); keys > 0;) {
      const std::size_t key = db.model.fields.size() + values.below(db.model.nested.size());
      const bool repeated = std::any_of(plan.sort.begin(), plan.sort.end(), [&](const SortKey& other) { return other.field == key; });
      if (!db.model.field(key).is_scalar() || repeated) continue;
      plan.sort.push_back({key, values.below(2) == 0});
      --keys;
    }
    plan.sort.push_back({0, plan.sort.back().descending});
    std::vector<Record> wanted;
    for (const Record& record : db.records) {
      if (holds(condition, db.model.value_of(record, condition.field))) wanted.push_back(record);
    }
    std::sort(wanted.begin(), wanted.end(), [&](const Record& a, const Record& b) {
      for (const SortKey& key : plan.sort) {
        const int order = compare(db.model.value_of(a, key.field), db.model.value_of(b, key.field));
        if (order != 0) return key.descending ? order > 0 : order < 0;
      }
      return false;
    });
    std::vector<Record> found;
    for (bool more = true; more && found.size() < 100;) {
      Result<Listing> page = db.list(plan);
      if (!page) FAIL(page.error().detail);
      more = page->has_more;
      for (Record& record : page->records) found.push_back(std::move(record));
      if (found.empty()) break;
      plan.after.clear();
      for (const SortKey& key : plan.sort) plan.after.push_back(db.model.value_of(found.back(), key.field));
    }
    INFO(sql::list_statements(sqlite::kDialect, plan)[0].text);
    CHECK(ids_of(found) == ids_of(wanted));
    for (std::size_t at = 0; at < std::min(found.size(), wanted.size()); ++at) CHECK(found[at].values == wanted[at].values);
  }
}

// The schema on a bare file, as it meets one model after another.
struct File {
  testing::TemporaryFolder folder;
  sqlite::Options options = [this] {
    sqlite::Options made;
    made.file = folder.path() / "holdfast.db";
    return made;
  }();
  sqlite::Database database = sqlite::open_database(options, sqlite::Role::kWriter);

  void prepare(Model model) { sqlite::prepare_schema(database.get(), options, catalog_of(std::move(model))); }
  std::string refusal(Model model) {
    try {
      prepare(std::move(model));
    } catch (const StartupError& error) {
      return error.what();
    }
    return "nothing was refused";
  }
  int run(const std::string& text) { return sqlite::execute(database.get(), text.c_str()); }
  std::string text(const std::string& query) {
    const sqlite::PreparedStatement select = sqlite::prepare(database.get(), query, false);
    REQUIRE(sqlite3_step(select.get()) == SQLITE_ROW);
    return reinterpret_cast<const char*>(sqlite3_column_text(select.get(), 0));
  }
  std::string plan_of(const std::string& text) {
    sqlite::PreparedStatement explain = sqlite::prepare(database.get(), "explain query plan " + text, false);
    INFO(text);
    REQUIRE(explain != nullptr);
    std::string out;
    while (sqlite3_step(explain.get()) == SQLITE_ROW) {
      out.append(reinterpret_cast<const char*>(sqlite3_column_text(explain.get(), 3))).append("\n");
    }
    return out;
  }
};

}  // namespace

TEST_CASE("sqlite nested: filters and pages by path are what plain code says", "[engine]") {
  Places db(places());
  check_against_plain_code(db, 1);
}

TEST_CASE("sqlite nested: and the same with indexes on the paths", "[engine]") {
  Places db(indexed_places());
  check_against_plain_code(db, 2);
}

TEST_CASE("sqlite nested: an object is kept in its stored form", "[engine]") {
  Places db(places());
  Value::Array geo{Value(0.1), Value(Null{})};
  Value::Array address{testing::text("Nîmes"),
                       testing::integer(30000),
                       testing::integer(1050),
                       Value(true),
                       testing::integer(0),
                       testing::text("2024-02-29"),
                       Value(geo),
                       testing::texts({"a"}),
                       testing::text(R"({"k":1})")};
  Value::Array line{testing::text("x"), testing::integer(5)};
  db.create("a", Value(address), Value(Value::Array{Value(line)}), testing::text("{}"));
  const sqlite::Database database = sqlite::open_database(db.options, sqlite::Role::kLane);
  const sqlite::PreparedStatement select = sqlite::prepare(database.get(), "select address || lines || meta from places", false);
  REQUIRE(sqlite3_step(select.get()) == SQLITE_ROW);
  CHECK(std::string(reinterpret_cast<const char*>(sqlite3_column_text(select.get(), 0))) ==
        R"({"city":"Nîmes","zip":30000,"rent":1050,"isOpen":true,"since":"1970-01-01T00:00:00.000Z","day":"2024-02-29",)"
        R"("geo":{"lat":0.1,"label":null},"tags":["a"],"extra":{"k":1}}[{"sku":"x","price":5}]{})");
}

TEST_CASE("sqlite nested: a path is one expression everywhere, and its index is used", "[engine]") {
  File file;
  const Model model = indexed_places();
  file.prepare(indexed_places());
  const std::size_t city = *model.queryable("address.city"), lat = *model.queryable("address.geo.lat"),
                    open = *model.queryable("address.isOpen"), rent = *model.queryable("address.rent");
  const auto plans = [&](std::vector<SortKey> sort, std::vector<Value> after, Filter filter = {}) {
    ListPlan plan;
    plan.model = &model;
    plan.sort = std::move(sort);
    plan.after = std::move(after);
    plan.filter = std::move(filter);
    std::vector<std::string> out;
    for (const sql::Statement& statement : sql::list_statements(sqlite::kDialect, plan)) out.push_back(file.plan_of(statement.text));
    return out;
  };
  const auto check = [&](const std::vector<std::string>& found, const std::vector<std::string>& contain) {
    REQUIRE(found.size() == contain.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      CHECK_THAT(found[i], Contains(contain[i]));
      CHECK_THAT(found[i], !Contains("TEMP B-TREE"));
    }
  };
  const Value null{Null{}}, x = testing::text("x"), half(0.5);
  check(plans({{city, false}, {0, false}}, {}), {"SCAN places USING INDEX ix_places__address.city"});
  check(plans({{city, false}, {0, false}}, {x, x}), {"USING INDEX ix_places__address.city (<expr>>?)"});
  check(plans({{city, true}, {0, true}}, {x, x}),
        {"USING INDEX ix_places__address.city (<expr><?)", "USING INDEX ix_places__address.city (<expr>=?)"});
  check(plans({{city, false}, {0, false}}, {null, x}),
        {"USING INDEX ix_places__address.city (<expr>=? AND id>?)", "USING INDEX ix_places__address.city (<expr>>?)"});
  check(plans({{lat, false}, {0, false}}, {half, x}), {"USING INDEX ix_places__address.geo.lat (<expr>>?)"});
  check(plans({{rent, true}, {0, true}}, {}, Filter::on({open, Operator::kEq, {Value(true)}})), {"address.rent_desc (<expr>=?)"});
  const auto count = [&](Filter filter) { return file.plan_of(sql::count_statement(sqlite::kDialect, model, filter).text); };
  CHECK_THAT(count(Filter::on({city, Operator::kPrefix, {x}})), Contains("ix_places__address.city (<expr>>? AND <expr><?)"));
  CHECK_THAT(count(Filter::on({lat, Operator::kGte, {half}})), Contains("ix_places__address.geo.lat (<expr>>?)"));
  CHECK_THAT(count(Filter::on({city, Operator::kIn, {x, x}})), Contains("ix_places__address.city (<expr>=?)"));
  sql::Statement out;
  sql::append_condition(out, sqlite::kDialect, model, Filter::on({lat, Operator::kNe, {half}}));
  CHECK(out.text == R"(cast(json_extract("address",'$.geo.lat') as real) is not cast(json_extract(?1, '$') as real))");
  CHECK(out.parameters[0] == sql::Bound{nullptr, testing::text("0.5")});
}

TEST_CASE("sqlite nested: tables check what is JSON, and a changed expression index is refused", "[engine]") {
  const Model model = indexed_places();
  const sql::TableDefinition table = sql::define_table(sqlite::kDialect, model);
  CHECK_THAT(sqlite::create_table_text(model, table), Contains(R"("address" TEXT check (json_type("address") = 'object'))"));
  CHECK_THAT(sqlite::create_table_text(model, table), Contains(R"("meta" TEXT check (json_type("meta") = 'object'))"));
  CHECK(sql::create_index_text(table.indexes.back(), R"("places")") ==
        R"(create index "ix_places__address.isOpen__address.rent_desc" on "places" )"
        R"((json_extract("address",'$.isOpen'), json_extract("address",'$.rent') desc, "id" desc))");
  File file;
  file.prepare(indexed_places());
  file.prepare(indexed_places());  // and is found to be the same
  CHECK(file.run("insert into places (id, address) values ('a', '[]')") == SQLITE_CONSTRAINT_CHECK);
  CHECK(file.run("insert into places (id, address) values ('a', '{}')") == SQLITE_OK);
  REQUIRE(file.run(R"(drop index "ix_places__address.city";
                      create index "ix_places__address.city" on places (json_extract(address, '$.zip'), id))") == SQLITE_OK);
  CHECK_THAT(file.refusal(indexed_places()), Contains("the index ix_places__address.city has other keys than the model says"));
}

TEST_CASE("sqlite nested: an index on a number of an older spelling is made anew, once", "[engine]") {
  File file;
  file.prepare(indexed_places());
  const std::string lat = "select sql from sqlite_schema where name = 'ix_places__address.geo.lat'";
  const std::string made = file.text(lat);
  REQUIRE(file.run(R"(drop index "ix_places__address.geo.lat"; create index "ix_places__address.geo.lat" on "places" )"
                   R"((json_extract("address",'$.geo.lat'), "id"))") == SQLITE_OK);
  file.prepare(indexed_places());
  CHECK(file.text(lat) == made);
}

TEST_CASE("sqlite nested: members come and go, but none is read as another type than it was written", "[engine]") {
  File file;
  file.prepare(places(2));
  const std::string message = file.refusal(places(3));
  CHECK_THAT(message, Contains("places: the column address.rent holds values of type decimal of scale 2, which the model would read as "
                               "decimal of scale 3; change the model back, or give the member another name"));
  CHECK_THAT(message, Contains("places: the column lines[].price holds values of type decimal of scale 2"));
  const auto with_members = [](std::vector<Field> members) {
    Model model = testing::model_of("places", IdKind::kText, {object("address", std::move(members))}, false);
    model.flatten();
    return model;
  };
  file.prepare(with_members({field("city", Kind::kString), field("floor", Kind::kInteger)}));
  file.prepare(with_members({field("floor", Kind::kInteger)}));
  CHECK_THAT(file.refusal(with_members({field("city", Kind::kInteger)})), Contains("the column address.city holds values of type string"));
}

TEST_CASE("sqlite nested: a member that was declared after a record was written is null there", "[engine]") {
  Places db(places());
  const sqlite::Database database = sqlite::open_database(db.options, sqlite::Role::kWriter);
  REQUIRE(sqlite::execute(database.get(), "insert into places (id, address) values ('a', '{\"zip\":5,\"other\":1}'), ('b', '{}')") ==
          SQLITE_OK);
  ListPlan plan;
  plan.model = &db.model;
  plan.sort = {{db.ordinal("address.zip"), true}, {0, true}};
  plan.fields = std::vector<std::size_t>{0};
  const Result<Listing> listing = db.list(plan);
  REQUIRE(listing.has_value());
  CHECK(ids_of(listing->records) == std::vector<std::string>{"a", "b"});
  CHECK(db.model.value_of(listing->records[0], db.ordinal("address.city")).is_null());  // sort keys bring what they lie in
}
