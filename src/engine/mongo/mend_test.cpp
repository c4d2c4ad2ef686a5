#include "engine/mongo/mend.h"

#include <catch2/catch.hpp>

#include "engine/mongo/document.h"
#include "engine/mongo/testing/database.h"
#include "engine/mongo/testing/scripted_server.h"
#include "engine/mongo/topology.h"
#include "engine/testing/database.h"

using namespace holdfast;
using testing::text;

namespace {

const Model& things() {
  static const Catalog catalog = testing::catalog_of(
      {{"things",
        "type: object\nid: text\nproperties:\n  a: { type: string, maxLength: 9 }\n  b: { type: string, maxLength: 9 }\n"
        "  c: { type: string, maxLength: 9 }\nunique: [ [a, b], [a, c] ]\n"}});
  return catalog.models().front();
}

mongo::Document json(std::string text) {
  return mongo::Document(
      bson_new_from_json(reinterpret_cast<const std::uint8_t*>(text.data()), static_cast<ssize_t>(text.size()), nullptr));
}

constexpr auto kPlaces =
    "type: object\nid: text\nproperties:\n  row: { type: integer }\n  seat: { type: integer }\n  note: { type: string }\n"
    "unique: [ [row, seat] ]\nsearch: { fields: [note], language: simple }\n";

struct Places {
  Places()
      : db([this](const Catalog& catalog) { return mongo::open(server.options(), catalog, clock); },
           testing::catalog_of({{"places", kPlaces}})) {}

  Reindexed reindex() {
    return db.engine->reindex(db.model("places"), [](std::int64_t, std::int64_t) {});
  }

  WritePlan place(const std::string& id, std::int64_t row, std::int64_t seat) {
    return db.create("places", id, {{"row", testing::integer(row)}, {"seat", testing::integer(seat)}});
  }

  testing::MongoDatabase server;
  testing::FixedClock clock;
  testing::TestDatabase db;
};

}  // namespace

TEST_CASE("mongodb: reindex goes on past records whose compound key is another's, and names them", "[mongo]") {
  Places places;
  places.server.run(R"({'insert': 'places', 'documents': [{'_id': 'a1', 'row': 1, 'seat': 2, 'note': 'one'},
    {'_id': 'a2', 'row': 1, 'seat': 2, 'note': 'two'}, {'_id': 'a3', 'row': 5, 'seat': 6, 'note': 'three'}]})");
  const Reindexed first = places.reindex();
  CHECK(first.records == 3);
  CHECK(first.mended == 3);
  CHECK(first.clashing == 1);
  REQUIRE(first.clashes.size() == 1);
  CHECK(first.clashes.front().id == "a2");
  CHECK(first.clashes.front().fields == "row, seat");
  for (const std::string id : {"a1", "a2", "a3"}) {
    CHECK(places.server.document("places", "'" + id + "'").find(R"("search")") != std::string::npos);
  }
  testing::refusal(places.db.write(places.place("a4", 5, 6)), Code::kUniqueViolation);
  const Reindexed again = places.reindex();
  CHECK(again.mended == 0);
  CHECK(again.clashing == 1);
}

TEST_CASE("mongodb: reindex mends also what is changed meanwhile by a server that knows nothing of search and keys", "[mongo]") {
  Places places;
  const auto id = [](int number) { return std::to_string(10'000 + number); };
  for (int start = 0; start < 1'001; start += 91) {
    std::string documents;
    for (int number = start; number < start + 91; ++number) {
      documents += "{'_id': '" + id(number) + "', 'row': " + std::to_string(number) + ", 'seat': 1, 'note': 'one'},";
    }
    documents.pop_back();
    places.server.run("{'insert': 'places', 'documents': [" + documents + "]}");
  }
  const std::string changed = id(999);  // read by then, and not yet mended
  const Reindexed mended = places.db.engine->reindex(places.db.model("places"), [&](std::int64_t done, std::int64_t) {
    if (done != 1'000) return;
    places.server.run("{'update': 'places', 'updates': [{'q': {'_id': '" + changed + "'}, 'u': {'$set': {'_hf.rev': 2, 'row': 5000}}}]}");
  });
  CHECK(mended.records == 1'001);
  CHECK(mended.mended == 1'001);
  CHECK(mended.unreadable == 0);
  CHECK(places.db.find("places", changed)->revision == 2);
  CHECK(places.server.document("places", "'" + changed + "'").find(R"("search")") != std::string::npos);
  testing::refusal(places.db.write(places.place("new", 5000, 1)), Code::kUniqueViolation);
}

TEST_CASE("mongodb: reindex leaves records alone whose revision is none", "[mongo]") {
  Places places;
  places.server.run("{'insert': 'places', 'documents': [{'_id': 'a', 'note': 'one', '_hf': {'rev': 'two'}}]}");
  CHECK(places.reindex().unreadable == 1);
}

TEST_CASE("mongodb: reindex mends keys that other programs exchanged", "[mongo]") {
  Places places;
  places.db.fill({places.place("a", 1, 1), places.place("b", 2, 2)});
  places.server.run(R"({'update': 'places', 'updates': [{'q': {'_id': 'a'}, 'u': {'$set': {'row': 2, 'seat': 2}}},
    {'q': {'_id': 'b'}, 'u': {'$set': {'row': 1, 'seat': 1}}}]})");
  CHECK(places.reindex().clashing == 0);
  for (const std::string id : {"a", "b"}) CHECK(places.db.find("places", id)->revision == 1);
  for (const std::int64_t number : {1, 2}) testing::refusal(places.db.write(places.place("c", number, number)), Code::kUniqueViolation);
  CHECK(places.reindex().mended == 0);
}

TEST_CASE("mongo: hidden keys are right in any order, and only with all that the record has", "[engine]") {
  Record record;
  record.values = {text("1"), text("x"), text("y"), text("z")};
  const auto is_right = [&](const std::string& keys) {
    return mongo::has_right_keys(*json(R"({"_hf":{"unique":{)" + keys + "}}}").get(), things(), record);
  };
  const std::string ab = R"("a,b":{"a":"x","b":"y"})", ac = R"("a,c":{"a":"x","c":"z"})";
  CHECK(is_right(ab + "," + ac));
  CHECK(is_right(ac + "," + ab));
  CHECK_FALSE(is_right(ab));
  CHECK_FALSE(is_right(ab + "," + ac + R"(,"b,c":{"b":"y","c":"z"})"));
  CHECK_FALSE(is_right(ab + R"(,"a,c":{"c":"z","a":"x"})"));
  CHECK_FALSE(is_right(ab + R"(,"a,c":7)"));
  CHECK_FALSE(is_right(""));
  record.values[1] = Value(Null{});
  CHECK(is_right(""));
  CHECK_FALSE(is_right(ab));
  CHECK(mongo::has_right_keys(*json("{}").get(), things(), record));
}

TEST_CASE("mongo: mending takes few documents at a time, so that the server keeps its cursor", "[mongo]") {
  const testing::ScriptedServer server(testing::served_script());
  mongo::Options options;
  options.uri = server.uri();
  const mongo::Driver driver;
  const mongo::ConnectionSettings settings = mongo::read_uri(options);
  mongo::Connection connection(settings);
  CHECK(mongo::mend(connection, things(), [](std::int64_t, std::int64_t) {}).records == 0);
  REQUIRE(server.received("find").size() == 1);
  CHECK(server.received("find").front().find(R"("batchSize" : 500)") != std::string::npos);
}
