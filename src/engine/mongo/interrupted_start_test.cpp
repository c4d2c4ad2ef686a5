// What a start that was refused, cut off or is still under way elsewhere leaves to the next one.

#include <catch2/catch.hpp>

#include "engine/mongo/document.h"
#include "engine/mongo/testing/database.h"
#include "engine/mongo/testing/scripted_server.h"
#include "engine/testing/database.h"

using namespace holdfast;
using testing::integer;
using testing::text;

namespace {

const std::string kFields = "type: object\nid: text\nproperties:\n  team: { type: string, maxLength: 9 }\n  number: { type: integer }\n";
const std::string kWithKey = kFields + "unique: [ [team, number] ]\n";

Catalog players(const std::string& yaml) {
  return testing::catalog_of({{"players", yaml}});
}

WritePlan player(const testing::TestDatabase& db, const std::string& id, std::int64_t number = 1) {
  return db.create("players", id, {{"team", text("x")}, {"number", integer(number)}});
}

std::string refusal(testing::TestDatabase& db, const Catalog& catalog) {
  try {
    db.open_engine(catalog)->close();
  } catch (const StartupError& error) {
    return error.what();
  }
  FAIL("it was opened");
  return {};
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

struct Database {
  testing::OpenEngine opener() {
    return [this](const Catalog& catalog) { return mongo::open(server.options(), catalog, clock); };
  }

  testing::MongoDatabase server;
  testing::FixedClock clock;
};

Catalog users() {
  return testing::catalog_of({{"users", "type: object\nid: text\nproperties:\n  email: { type: string, maxLength: 50, unique: true }\n"}});
}

mongo::Options options_of(const testing::ScriptedServer& server) {
  mongo::Options options;
  options.uri = server.uri();
  options.pool_size = 1;
  return options;
}

}  // namespace

TEST_CASE("mongodb: a key holds for the records that are there, also when the start that brought it was refused for another", "[mongo]") {
  Database database;
  const std::string teams = "type: object\nid: text\nproperties:\n  name: { type: string, maxLength: 9";
  const auto catalog = [&](const std::string& name, const std::string& players) {
    return testing::catalog_of({{"clubs", teams + name + " }\n"}, {"players", players}});
  };
  testing::TestDatabase db(database.opener(), catalog("", kFields));
  db.fill({player(db, "1"), db.create("clubs", "a", {{"name", text("n")}}), db.create("clubs", "b", {{"name", text("n")}})});
  db.close();
  CHECK(contains(refusal(db, catalog(", unique: true", kWithKey)), "break a unique key"));
  database.server.run("{'update': 'clubs', 'updates': [{'q': {'_id': 'b'}, 'u': {'$set': {'name': 'other'}}}]}");
  db.reopen(catalog(", unique: true", kWithKey));
  testing::refusal(db.write(player(db, "2")), Code::kUniqueViolation);
  CHECK(db.find("players", "1")->revision == 1);
}

TEST_CASE("mongodb: a start that is refused drops no index that it did not make", "[mongo]") {
  testing::ScriptedServer::Script script = testing::served_script();
  script["listIndexes"] = R"({"ok":1,"cursor":{"id":0,"ns":"shop.users","firstBatch":[{"v":2,"key":{"_id":1},"name":"_id_"},
    {"v":2,"key":{"mail":1},"name":"email_1"}]}})";
  script["createIndexes"] = R"({"ok":0,"code":86,"codeName":"IndexKeySpecsConflict","errmsg":"an index of the same name"})";
  const testing::ScriptedServer server(script);
  const Catalog catalog = users();
  const testing::FixedClock clock;
  CHECK_THROWS_WITH(mongo::open(options_of(server), catalog, clock), Catch::Contains("an index cannot be made"));
  CHECK(server.received("dropIndexes").empty());
}

TEST_CASE("mongodb: a start that ended before all records had their key is taken up by the next", "[mongo]") {
  Database database;
  testing::TestDatabase db(database.opener(), players(kFields));
  db.fill({player(db, "1"), player(db, "2"), player(db, "3", 3)});
  db.close();
  for (int start = 0; start < 2; ++start) CHECK(contains(refusal(db, players(kWithKey)), "break a unique key"));
  database.server.run("{'update': 'players', 'updates': [{'q': {'_id': '2'}, 'u': {'$set': {'number': 2}}}]}");
  db.reopen(players(kWithKey));
  for (const std::int64_t number : {1, 2, 3}) testing::refusal(db.write(player(db, "4", number)), Code::kUniqueViolation);
  db.reopen(players(kWithKey));
  CHECK(contains(mongo::relaxed_json(*database.server.run("{'find': '_hf_meta', 'filter': {'_id': 'columns players'}}").get()),
                 R"("owesKeys" : false)"));
}

TEST_CASE("mongodb: a start that was refused for records that break a key leaves nothing that refuses the old models", "[mongo]") {
  Database database;
  const std::string teams = "type: object\nid: text\nproperties:\n  name: { type: string, maxLength: 9";
  const auto with_clubs = [&](const std::string& name, const std::string& players) {
    return testing::catalog_of({{"clubs", teams + name + " }\n"}, {"players", players}, {"teams", teams + name + " }\n"}});
  };
  testing::TestDatabase db(database.opener(), with_clubs("", kFields));
  db.fill(
      {player(db, "1"), player(db, "2"), db.create("teams", "a", {{"name", text("n")}}), db.create("teams", "b", {{"name", text("n")}})});
  db.close();
  const std::string by_hidden_key = refusal(db, with_clubs("", kWithKey));
  CHECK(contains(by_hidden_key,
                 "players: records that are there break a unique key of the model (team, number): 1 of them have what another has, the "
                 "first is 2; change them, or take the key out of the model"));
  db.reopen(with_clubs("", kFields));
  db.close();
  const std::string by_index = refusal(db, with_clubs(", unique: true", kFields));
  CHECK(contains(by_index, "teams: records that are there break a unique key of the model (name): "));
  db.reopen(with_clubs("", kFields));
  CHECK(db.count("players") == 2);
}

TEST_CASE("mongodb: records that changed under the old model, after the start with a key was refused, are all in it", "[mongo]") {
  Database database;
  testing::TestDatabase db(database.opener(), players(kFields));
  db.fill({player(db, "1"), player(db, "2")});
  db.close();
  CHECK(contains(refusal(db, players(kWithKey)), "break a unique key"));
  db.reopen(players(kFields));
  db.fill({db.patch("players", "1", {{"number", integer(5)}}), db.remove("players", "2"), player(db, "0")});
  db.reopen(players(kWithKey));
  for (const std::int64_t number : {1, 5}) testing::refusal(db.write(player(db, "4", number)), Code::kUniqueViolation);
}

TEST_CASE("mongodb: a unique index that is still being built is waited for", "[mongo]") {
  testing::ScriptedServer::Script script = testing::served_script();
  script["createIndexes"] = R"({"ok":0,"code":11000,"codeName":"DuplicateKey","errmsg":"E11000 duplicate key error: email"})";
  const testing::ScriptedServer server(script);
  const Catalog catalog = users();
  const testing::FixedClock clock;
  CHECK_THROWS_WITH(mongo::open(options_of(server), catalog, clock), Catch::Contains("records that are there break a unique key"));
  const std::vector<std::string> asked = server.received("createIndexes");
  REQUIRE(asked.size() == 1);
  CHECK(contains(asked.front(), R"([ { "v" : 2, "key" : { "email" : 1 }, "name" : "email_1", "unique" : true, "sparse" : true } ])"));
}

TEST_CASE("mongodb: indexes may take longer to build than a request may wait", "[mongo]") {
  const testing::ScriptedServer server(testing::served_script(), "createIndexes");
  const Catalog catalog = users();
  const testing::FixedClock clock;
  mongo::Options options = options_of(server);
  options.query_timeout = testing::ScriptedServer::kLate / 4;
  CHECK_NOTHROW(mongo::open(options, catalog, clock)->close());
}
