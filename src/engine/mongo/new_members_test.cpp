// Members that come to a collection that was served before.

#include "engine/mongo/new_members.h"

#include <catch2/catch.hpp>

#include "engine/mongo/document.h"
#include "engine/mongo/testing/database.h"
#include "engine/mongo/testing/scripted_server.h"
#include "engine/testing/database.h"

using namespace holdfast;
using testing::integer;
using testing::text;

namespace {

const std::string kFields = "type: object\nid: text\nproperties:\n  n: { type: integer }\n";
const std::string kFilled = kFields +
                            "  state: { enum: [draft, paid], default: draft }\n"
                            "  tags: { type: array, items: { type: string, maxLength: 9 } }\n";

Catalog orders(const std::string& yaml) {
  return testing::catalog_of({{"orders", yaml}});
}

struct Database {
  testing::OpenEngine opener() {
    return [this](const Catalog& catalog) { return mongo::open(server.options(), catalog, clock); };
  }

  // What the start says; it must be refused.
  std::string refusal(const std::string& yaml) {
    try {
      mongo::open(server.options(), catalogs.emplace_back(orders(yaml)), clock)->close();
    } catch (const StartupError& error) {
      CHECK(error.exit_status() == kExitConfiguration);
      return error.what();
    }
    FAIL("it was opened");
    return {};
  }

  testing::MongoDatabase server;
  testing::FixedClock clock;
  std::vector<Catalog> catalogs;
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string id_of(int number) {
  return std::to_string(10'000 + number);
}

}  // namespace

TEST_CASE("mongodb: a member with a default that comes to a collection is filled in the records that are there", "[mongo]") {
  Database database;
  testing::TestDatabase db(database.opener(), orders(kFields));
  std::vector<WritePlan> plans;
  for (int number = 0; number < 1'100; ++number) plans.push_back(db.create("orders", id_of(number), {{"n", integer(number)}}));
  db.fill(std::move(plans));
  db.reopen(orders(kFilled));
  for (const int number : {0, 499, 500, 1'099}) {
    const Result<Record> record = db.find("orders", id_of(number));
    CHECK(record->values == std::vector<Value>{text(id_of(number)), integer(number), text("draft"), Value(Value::Array{})});
    CHECK(record->revision == 1);
  }
  CHECK(contains(mongo::relaxed_json(*database.server.run("{'count': 'orders', 'query': {'state': 'draft', 'tags': []}}").get()),
                 R"("n" : 1100)"));
}

TEST_CASE("mongodb: a record that an older model made meanwhile is filled as well", "[mongo]") {
  Database database;
  testing::TestDatabase db(database.opener(), orders(kFields));
  db.reopen(orders(kFilled));
  db.reopen(orders(kFields));
  db.fill({db.create("orders", "1")});
  db.reopen(orders(kFilled));
  CHECK(db.find("orders", "1")->values[2] == text("draft"));
}

TEST_CASE("mongodb: what others wrote is not filled, and what it says stays", "[mongo]") {
  Database database;
  testing::TestDatabase db(database.opener(), orders(kFields));
  db.fill({db.create("orders", "ours")});
  database.server.run("{'insert': 'orders', 'documents': [{'_id': 'theirs'}]}");
  database.server.run("{'update': 'orders', 'updates': [{'q': {'_id': 'ours'}, 'u': {'$set': {'state': 'paid'}}}]}");
  db.reopen(orders(kFilled));
  CHECK(db.find("orders", "ours")->values[2] == text("paid"));
  CHECK(database.server.document("orders", "'theirs'") == R"({ "_id" : "theirs" })");
  CHECK(db.find("orders", "theirs")->values[2].is_null());
}

TEST_CASE("mongodb: a member that may be null is not filled, since null may be what was stored", "[mongo]") {
  Database database;
  const std::string nullable = kFields + "  state: { type: [string, 'null'], maxLength: 9, default: draft }\n";
  testing::TestDatabase db(database.opener(), orders(nullable));
  db.fill({db.create("orders", "1", {{"state", Null{}}})});
  db.reopen(orders(kFields));
  db.reopen(orders(nullable));
  CHECK(db.find("orders", "1")->values[2].is_null());
}

TEST_CASE("mongodb: a searched member that comes with a default leaves an old clash of keys a warning", "[mongo]") {
  Database database;
  const std::string keyed = kFields + "  m: { type: integer }\n";
  const std::string searched = keyed + "  state: { type: string, maxLength: 9, default: draft }\nunique: [ [n, m] ]\n" +
                               "search: { fields: [state], language: simple }\n";
  testing::TestDatabase db(database.opener(), orders(keyed + "unique: [ [n, m] ]\n"));
  database.server.run("{'insert': 'orders', 'documents': [{'_id': '1', 'n': 1, 'm': 1}, {'_id': '2', 'n': 1, 'm': 1}]}");
  db.reopen(orders(searched));
  CHECK(db.count("orders") == 2);
}

TEST_CASE("mongodb: a collection that is served for the first time is not filled", "[mongo]") {
  Database database;
  database.server.run("{'insert': 'orders', 'documents': [{'_id': '1', '_hf': {'rev': 1}}]}");
  testing::TestDatabase db(database.opener(), orders(kFilled));
  CHECK(db.find("orders", "1")->values[2].is_null());
}

TEST_CASE("mongodb: unique keys hold for members that were filled", "[mongo]") {
  Database database;
  testing::TestDatabase db(database.opener(), orders(kFields));
  db.fill({db.create("orders", "1", {{"n", integer(1)}}), db.create("orders", "2", {{"n", integer(2)}})});
  db.reopen(orders(kFilled + "unique: [ [n, state] ]\n"));
  testing::refusal(db.write(db.patch("orders", "2", {{"n", integer(1)}})), Code::kUniqueViolation);
  const std::string elsewhere = kFields + "  state: { enum: [draft, paid], default: paid, column: stage }\nunique: [ [n, state] ]\n";
  db.reopen(orders(elsewhere));
  testing::refusal(db.write(db.create("orders", "3", {{"n", integer(1)}, {"state", text("paid")}})), Code::kUniqueViolation);
}

TEST_CASE("mongodb: a fill that was broken off is finished by the next start", "[mongo]") {
  testing::ScriptedServer::Script script = testing::served_script();
  script["find _hf_meta"] =
      R"({"ok":1,"cursor":{"id":0,"ns":"shop._hf_meta","firstBatch":[{"_id":"columns users","declared":["_id","email"],"meanings":[]}]}})";
  script["find users"] = R"({"ok":1,"cursor":{"id":0,"ns":"shop.users","firstBatch":[{"_id":"1"}]}})";
  script["update users"] = "";
  const testing::ScriptedServer server(script);
  const Catalog catalog = testing::catalog_of(
      {{"users",
        "type: object\nid: text\nproperties:\n  email: { type: string, maxLength: 50, unique: true }\n  n: { type: integer, default: 7 "
        "}\n"}});
  const testing::FixedClock clock;
  mongo::Options options;
  options.uri = server.uri();
  options.pool_size = 1;
  CHECK_THROWS_WITH(mongo::open(options, catalog, clock), Catch::Contains("cannot fill new members of users"));
  CHECK(server.received("update _hf_meta").empty());
}

TEST_CASE("mongodb: a required member without a default is refused over records that lack it", "[mongo]") {
  Database database;
  const std::string required = kFields + "  r: { type: integer }\nrequired: [r]\n";
  testing::TestDatabase db(database.opener(), orders(kFields));
  db.reopen(orders(required));
  db.reopen(orders(kFields));
  db.fill({db.create("orders", "1")});
  db.close();
  CHECK(contains(database.refusal(required),
                 "orders: the field r is missing, and the records that are there would have no value in it; give the field a default, or "
                 "let it be null"));
  database.server.run("{'update': 'orders', 'updates': [{'q': {}, 'u': {'$set': {'r': 3}}}]}");
  db.reopen(orders(required));
  CHECK(db.find("orders", "1")->values[2] == integer(3));
}

TEST_CASE("mongodb: a field that admits no null any more is refused over records of ours that hold null", "[mongo]") {
  Database database;
  const std::string nullable = kFields + "  tags: { type: [array, 'null'], items: { type: string, maxLength: 9 } }\n";
  testing::TestDatabase db(database.opener(), orders(nullable));
  database.server.run("{'insert': 'orders', 'documents': [{'_id': 'theirs', 'n': null}]}");
  db.fill({db.create("orders", "1", {{"tags", Value(Value::Array{})}})});
  db.close();
  const std::string required = nullable + "required: [n]\n";
  CHECK(
      contains(database.refusal(required),
               "orders: the field n is null in records that are there, the model says that it is not; let the field be null, or give it a "
               "value: db.getCollection(\"orders\").updateMany({\"n\": null}, {$set: {\"n\": …}})."));
  const std::string with_default = "type: object\nid: text\nproperties:\n  n: { type: integer, default: 1 }\n";
  CHECK(contains(database.refusal(with_default), "the field n is null"));
  database.server.run("{'update': 'orders', 'updates': [{'q': {'_id': '1'}, 'u': {'$set': {'n': 3}}}]}");
  db.reopen(orders(required));
  CHECK(db.find("orders", "1")->values[1] == integer(3));
  CHECK(db.find("orders", "theirs")->values[1].is_null());
}

TEST_CASE("mongodb: an array that may be null no more is refused over null, not over arrays", "[mongo]") {
  Database database;
  const auto tags = [](const std::string& type) {
    return kFields + "  tags: { type: " + type + ", items: { type: string, maxLength: 9 } }\n";
  };
  testing::TestDatabase db(database.opener(), orders(tags("[array, 'null']")));
  db.fill({db.create("orders", "1", {{"tags", Null{}}})});
  db.close();
  CHECK(contains(database.refusal(tags("array")), "the field tags is null"));
  database.server.run("{'update': 'orders', 'updates': [{'q': {}, 'u': {'$set': {'tags': [null]}}}]}");  // as another program might
  db.reopen(orders(tags("array")));
}

TEST_CASE("mongodb: records are asked for null only when the model has changed", "[mongo]") {
  Database database;
  const std::string required = kFields + "required: [n]\n";
  testing::TestDatabase db(database.opener(), orders(required));
  db.fill({db.create("orders", "1", {{"n", integer(1)}})});
  database.server.run("{'update': 'orders', 'updates': [{'q': {}, 'u': {'$unset': {'n': 1}}}]}");
  db.reopen(orders(required));
  database.server.run("{'update': '_hf_meta', 'updates': [{'q': {'_id': 'columns orders'}, 'u': {'$unset': {'neverNull': 1}}}]}");
  db.reopen(orders(required));  // as noted by a Holdfast of before
}

TEST_CASE("mongodb: timestamps that come to records of ours are refused with what gives them", "[mongo]") {
  Database database;
  testing::TestDatabase db(database.opener(), orders(kFields));
  db.fill({db.create("orders", "1")});
  db.close();
  const std::string refused = database.refusal(kFields + "timestamps: true\n");
  for (const std::string name : {"createdAt", "updatedAt"}) {
    CHECK(contains(refused, "orders: " + name +
                                " is missing in records that are there; take `timestamps` out, or run: db.getCollection(\"orders\")."
                                "updateMany({\"" +
                                name + "\": null}, [{$set: {\"" + name + "\": \"$$NOW\"}}])."));
  }
  database.server.run(
      "{'update': 'orders', 'updates': [{'q': {}, 'u': {'$set': {'createdAt': {'$date': 1}, 'updatedAt': {'$date': 1}}}}]}");
  db.reopen(orders(kFields + "timestamps: true\n"));
}
