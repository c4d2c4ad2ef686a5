// What other programs write into the tables.

#include <catch2/catch.hpp>

#include "engine/postgres/testing/schema.h"
#include "engine/testing/client.h"
#include "engine/testing/fixture.h"

using namespace holdfast;
using Catch::Contains;

namespace {

constexpr const char* kThings = R"(
type: object
id: text
properties:
  name:    { type: string, maxLength: 5 }
  number:  { type: number }
  price:   { type: number, decimal: [10, 2] }
  at:      { type: string, format: date-time }
  day:     { type: string, format: date }
  tags:    { type: array, items: { type: string, maxLength: 20 } }
  sums:    { type: array, items: { type: number, decimal: [10, 2] } }
  place:
    type: object
    properties:
      size: { type: integer }
      lat:  { type: number }
      open: { type: boolean }
      cost: { type: number, decimal: [6, 2] }
      at:   { type: string, format: date-time }
  free:    { type: object, additionalProperties: true }
  lines:
    type: array
    items: { type: object, properties: { cost: { type: number, decimal: [6, 2] }, open: { type: boolean } } }
indexes: [ [place.size], [place.lat], [tags] ]
)";

struct Shared {
  testing::TestSchema schema;
  testing::FixedClock clock;
  testing::Client client{[this](const Catalog& catalog) { return postgres::open(schema.options(), catalog, clock); },
                         testing::catalog_of({{"things", kThings}})};

  // Another program's record, with one column of its own making.
  void insert(const std::string& id, const std::string& column, const std::string& value) {
    schema.run("insert into things (id, " + column + ") values ('" + id + "', " + value + ")");
  }
};

}  // namespace

TEST_CASE("postgres: what others wrote within a type is served, whatever limit it breaks", "[postgres]") {
  Shared db;
  db.insert("a", "name", "'longer than five'");
  CHECK_THAT(db.client.json("things", "a"), Contains(R"("name":"longer than five")"));
  db.insert("b", "place", R"('{"other": 1, "size": 5.0, "cost": 1.5, "lat": 0.10000000000000000001}')");
  CHECK_THAT(db.client.json("things", "b"), Contains(R"("place":{"size":5,"lat":0.1,"open":null,"cost":1.50,"at":null})"));
  db.insert("c", "free", R"('{"b": 1.0, "a": 1e3, "$x": [12345678901234567890]}')");
  CHECK_THAT(db.client.json("things", "c"), Contains(R"("free":{"$x":[12345678901234567000],"a":1000,"b":1})"));
  db.insert("d", "day", "'0001-01-01'");
  CHECK_THAT(db.client.json("things", "d"), Contains(R"("day":"0001-01-01")"));
  db.insert("e", "at", "'9999-12-31 23:59:59.999Z'");
  CHECK_THAT(db.client.json("things", "e"), Contains(R"("at":"9999-12-31T23:59:59.999Z")"));
  CHECK(db.client.walk("things", "filter=place.lat = 0.1 and place.size = 5 and place.cost in (1.5, 2)") == "b");
}

TEST_CASE("postgres: a value of another type is told by id and field", "[postgres]") {
  Shared db;
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"number", "'NaN'"},
      {"number", "'-Infinity'"},
      {"price", "'NaN'"},
      {"at", "'infinity'"},
      {"at", "'0044-03-15 BC'"},
      {"day", "'10000-01-01'"},
      {"tags", "'{a,NULL}'"},
      {"tags", "'{{a},{b}}'"},
      {"sums", "'{NaN}'"},
      {"place", R"('{"size": "5"}')"},
      {"place", R"('{"size": 5.5}')"},
      {"place", R"('{"cost": 1.555}')"},
      {"place", R"('{"cost": "1.50"}')"},
      {"place", R"('{"lat": "0.5"}')"},
      {"place", R"('{"open": "true"}')"},
      {"lines", R"('[{"cost": 1.5}, {"cost": "1.50"}]')"},
      {"lines", R"('[{"open": "true"}]')"},
      {"place", R"('{"at": "2026-01-02 03:04:05"}')"},
  };
  for (std::size_t i = 0; i < wrong.size(); ++i) {
    const std::string id = "x" + std::to_string(i);
    const auto& [column, value] = wrong[i];
    INFO(column << " " << value);
    db.insert(id, column, value);
    const Result<Record> found = db.client.read("things", id);
    REQUIRE_FALSE(found.has_value());
    CHECK(found.error().code == Code::kStoredValueInvalid);
    CHECK_THAT(found.error().detail, Contains("things " + id) && Contains(" in " + column));
  }
}

TEST_CASE("postgres: a record that cannot be read is not removed", "[postgres]") {
  Shared db;
  db.insert("a", "at", "'infinity'");
  const Result<Written> removed = db.client.remove("things", "a");
  REQUIRE_FALSE(removed.has_value());
  CHECK(removed.error().code == Code::kStoredValueInvalid);
  CHECK(db.schema.answer("select count(*) from things") == "1");
  db.schema.run("update things set at = now()");
  CHECK(db.client.remove("things", "a").has_value());
  CHECK(db.schema.answer("select count(*) from things") == "0");
}

TEST_CASE("postgres: a member that should be a number or boolean and is none fails no statement", "[postgres]") {
  Shared db;
  db.insert("a", "place", R"('{"size": "many", "lat": {}, "open": "yes", "cost": []}')");
  db.insert("b", "place", R"('{"size": 5, "lat": 0.5, "open": true, "cost": 1.5, "at": "2026-01-02T03:04:05.000Z"}')");
  for (const char* filter : {"place.size > 1", "place.lat < 1", "place.open = true", "place.cost != 7 and place.size = 5",
                             "place.at >= '2026-01-01T00:00:00Z'"}) {
    INFO(filter);
    CHECK(db.client.walk("things", std::string("filter=") + filter) == "b");
  }
  CHECK(db.client.count("things", "filter=place.size is null") == 1);
}

TEST_CASE("postgres: a member beyond the range of a double fails no statement", "[postgres]") {
  Shared db;
  db.insert("huge", "place", R"('{"lat": 1e400}')");
  db.insert("negative", "place", R"('{"lat": -1e400}')");
  db.insert("tiny", "place", R"('{"lat": -1e-400}')");
  db.insert("largest", "place", R"('{"lat": 1.7976931348623157e308}')");
  db.insert("least", "place", R"('{"lat": 5e-324}')");
  db.insert("rounded", "place", R"('{"lat": 2.4703282292062328e-324}')");
  CHECK_THAT(db.client.json("things", "tiny"), Contains(R"("lat":0,)"));
  CHECK(db.client.read("things", "huge").error().code == Code::kStoredValueInvalid);
  CHECK(db.client.walk("things", "filter=place.lat = 0") == "tiny");
  CHECK(db.client.walk("things", "filter=place.lat > 0&sortBy=place.lat&sortOrder=asc&limit=1") == "least rounded largest");
  CHECK(db.client.walk("things", "filter=place.lat = 5e-324&sortBy=id&sortOrder=asc") == "least rounded");
  CHECK(db.client.count("things", "filter=place.lat is null") == 2);
}
