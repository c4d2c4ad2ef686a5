// Records as Mongoose writes them, served and changed beside it.

#include <catch2/catch.hpp>

#include "engine/mongo/testing/database.h"
#include "engine/testing/database.h"
#include "model/record_json.h"

using namespace holdfast;

namespace {

Catalog products() {
  return testing::catalog_of({{"products", R"(
type: object
id: objectId
required: [name]
properties:
  name:     { type: string, maxLength: 50, unique: true }
  price:    { type: number, decimal: [9, 2], storage: double }
  stock:    { type: integer }
  isActive: { type: boolean, default: true }
  tags:     { type: array, items: { type: string } }
  maker:    { type: object, properties: { city: { type: string } } }
timestamps: true
search: { fields: [name], language: english }
)"}});
}

const std::string kId = "65f000000000000000000001";

struct Database {
  Database() : db([this](const Catalog& catalog) { return mongo::open(server.options(), catalog, clock); }, products()) {
    server.run(
        "{'insert': 'products', 'documents': [{'_id': {'$oid': '65f000000000000000000001'}, 'name': 'Saws', 'price': 45.55, 'stock': 3.0, "
        "'tags': ['a'], 'maker': {'city': 'Lyon', 'floor': 2}, 'color': 'red', 'createdAt': {'$date': {'$numberLong': '1000'}}, "
        "'updatedAt': {'$date': {'$numberLong': '1000'}}, '__v': 4}]}");
  }

  std::string stored() { return server.document("products", "{'$oid': '" + kId + "'}"); }
  bool holds(const std::string& part) { return stored().find(part) != std::string::npos; }

  testing::MongoDatabase server;
  testing::FixedClock clock;
  testing::TestDatabase db;
};

}  // namespace

TEST_CASE("mongodb: serves what Mongoose wrote, and changes it as Mongoose may read it", "[mongo]") {
  Database database;
  testing::TestDatabase& db = database.db;
  const Record before = db.find("products", kId).value();
  CHECK(before.revision == 0);
  std::string json;
  append_json(json, db.model("products"), before);
  CHECK(json == "{\"id\":\"" + kId +
                    R"(","name":"Saws","price":45.55,"stock":3,"isActive":null,"tags":["a"],"maker":{"city":"Lyon"},)"
                    R"("createdAt":"1970-01-01T00:00:01.000Z","updatedAt":"1970-01-01T00:00:01.000Z"})");

  WritePlan patch = db.patch(
      "products", kId,
      {{"tags", testing::texts({"a", "b"})}, {"price", testing::integer(5010)}, {"maker", Value(Value::Array{testing::text("Nice")})}});
  patch.if_match = EntityTags{false, {etag_of(db.model("products"), before)}};
  const Result<Written> written = db.write(patch);
  REQUIRE(written.has_value());
  CHECK(written->after->revision == 1);
  CHECK(database.holds("\"__v\" : 5"));
  CHECK(database.holds("\"color\" : \"red\""));
  CHECK(database.holds("\"floor\" : 2"));
  CHECK(database.holds("\"city\" : \"Nice\""));
  CHECK(database.holds("\"price\" : 50.1"));
  CHECK_FALSE(database.holds("\"0:saw\""));  // no searched field was changed
  CHECK_FALSE(database.holds("isActive"));
  // Its ETag changes with what others change, who do not count revisions.
  database.server.run("{'update': 'products', 'updates': [{'q': {}, 'u': {'$set': {'stock': 4}}}]}");
  patch.if_match = EntityTags{false, {etag_of(db.model("products"), *written->after)}};
  testing::refusal(db.write(patch), Code::kPreconditionFailed);
}

TEST_CASE("mongodb: unique keys hold against what others wrote", "[mongo]") {
  Database database;
  testing::TestDatabase& db = database.db;
  WritePlan plan = db.create("products", "65f000000000000000000002", {{"name", testing::text("Saws")}});
  CHECK(testing::refusal(db.write(plan), Code::kUniqueViolation).fields == std::vector<std::string>{"name"});
  plan.id = testing::text(kId);
  CHECK(testing::refusal(db.write(plan), Code::kUniqueViolation).fields == std::vector<std::string>{"id", "name"});
}

TEST_CASE("mongodb: a value of another type is told, and never changed", "[mongo]") {
  Database database;
  testing::TestDatabase& db = database.db;
  database.server.run("{'update': 'products', 'updates': [{'q': {}, 'u': {'$set': {'stock': 'many'}}}]}");
  testing::refusal(db.write(db.patch("products", kId, {{"name", testing::text("Drills")}})), Code::kStoredValueInvalid);
  testing::refusal(db.write(db.remove("products", kId)), Code::kStoredValueInvalid);
  CHECK(database.holds("\"name\" : \"Saws\""));
}

TEST_CASE("mongodb: what others wrote gets search data with the first change of a searched field", "[mongo]") {
  Database database;
  testing::TestDatabase& db = database.db;
  REQUIRE(db.write(db.patch("products", kId, {{"stock", testing::integer(5)}})).has_value());
  CHECK_FALSE(database.holds("\"search\""));
  REQUIRE(db.write(db.patch("products", kId, {{"name", testing::text("Drills")}})).has_value());
  CHECK(database.holds("\"0:drill\""));
}

TEST_CASE("mongodb: reindex makes the search data of what others wrote, and counts what it cannot read", "[mongo]") {
  Database database;
  testing::TestDatabase& db = database.db;
  database.server.run("{'insert': 'products', 'documents': [{'_id': {'$oid': '65f000000000000000000009'}, 'name': 7}]}");
  const auto progress = [](std::int64_t, std::int64_t) {};
  const Reindexed first = db.engine->reindex(db.model("products"), progress);
  CHECK(first.records == 2);
  CHECK(first.mended == 1);
  CHECK(first.unreadable == 1);
  CHECK(database.holds("\"0:saw\""));
  CHECK(db.find("products", kId)->revision == 0);
  CHECK(db.engine->reindex(db.model("products"), progress).mended == 0);
}
