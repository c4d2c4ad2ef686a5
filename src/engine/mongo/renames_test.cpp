#include "engine/mongo/renames.h"

#include <catch2/catch.hpp>

#include "engine/mongo/testing/database.h"
#include "engine/testing/database.h"

using namespace holdfast;
using testing::text;

namespace {

const std::string kHead = "type: object\nid: text\n";
const std::string kOld = kHead + "properties:\n  old: { type: string, maxLength: 9 }\nrequired: [old]\n";
const std::string kNew = kHead + "properties:\n  new: { type: string, maxLength: 9, was: old }\nrequired: [new]\n";

struct Database {
  testing::OpenEngine opener() {
    return [this](const Catalog& catalog) { return mongo::open(server.options(), catalog, clock); };
  }

  // What the start says; it must be refused.
  std::string refusal(const std::string& name, const std::string& yaml) {
    const Catalog catalog = testing::catalog_of({{name, yaml}});
    try {
      mongo::open(server.options(), catalog, clock)->close();
    } catch (const StartupError& error) {
      CHECK(error.exit_status() == kExitConfiguration);
      return error.what();
    }
    FAIL("it was opened");
    return {};
  }

  // As mongosh does it.
  void rename_collection(const std::string& from, const std::string& to) {
    const mongo::Document command(
        BCON_NEW("renameCollection", (server.name() + "." + from).c_str(), "to", (server.name() + "." + to).c_str()));
    bson_error_t error{};
    const bool done = mongoc_client_command_simple(server.connection().client(), "admin", command.get(), nullptr, nullptr, &error);
    INFO(error.message);
    REQUIRE(done);
  }

  testing::MongoDatabase server;
  testing::FixedClock clock;
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string rename(const std::string& filter) {
  return "{'update': 'things', 'updates': [{'q': " + filter +
         ", 'u': {'$rename': {'old': 'new'}}, 'multi': true}], 'bypassDocumentValidation': true}";
}

}  // namespace

TEST_CASE("mongodb: a renamed member is refused until its values stand under the new name", "[mongo]") {
  Database database;
  testing::TestDatabase db(database.opener(), testing::catalog_of({{"things", kOld}}));
  db.fill({db.create("things", "1", {{"old", text("kept")}})});
  db.close();
  CHECK(contains(database.refusal("things", kNew),
                 "things: new was old, and renaming is not done by this version; take `was` out, or drop any unique index on old and run "
                 "in mongosh: db.runCommand({update: \"things\", updates: [{q: {\"old\": {$exists: true}, \"new\": {$exists: false}}, "
                 "u: {$rename: {\"old\": \"new\"}}, multi: true}], bypassDocumentValidation: true})"));
  database.server.run(rename("{'old': {'$exists': true}, 'new': {'$exists': false}}"));
  db.reopen(testing::catalog_of({{"things", kNew}}));
  CHECK(db.find("things", "1")->values[1] == text("kept"));
}

TEST_CASE("mongodb: a member that is renamed in some records only is refused until it is in all", "[mongo]") {
  Database database;
  testing::TestDatabase db(database.opener(), testing::catalog_of({{"things", kOld}}));
  db.fill({db.create("things", "1", {{"old", text("first")}}), db.create("things", "2", {{"old", text("second")}})});
  db.close();
  database.server.run(rename("{'_id': '1'}"));
  CHECK(contains(database.refusal("things", kNew), "things: new was old"));
  database.server.run(rename("{'old': {'$exists': true}, 'new': {'$exists': false}}"));
  db.reopen(testing::catalog_of({{"things", kNew}}));
  CHECK(db.find("things", "1")->values[1] == text("first"));
  CHECK(db.find("things", "2")->values[1] == text("second"));
}

TEST_CASE("mongodb: a renamed collection is refused until it has the new name", "[mongo]") {
  Database database;
  const std::string renamed = kOld + "was: old-things\n";
  testing::TestDatabase db(database.opener(), testing::catalog_of({{"old-things", kOld}}));
  db.fill({db.create("old-things", "1", {{"old", text("kept")}})});
  db.close();
  CHECK(contains(database.refusal("things", renamed), "db.getCollection(\"old_things\").renameCollection(\"things\")"));
  database.server.run("{'create': 'things'}");
  db.reopen(testing::catalog_of({{"things", renamed}}));
  CHECK(db.count("things") == 0);
  db.close();
  database.server.run("{'drop': 'things'}");
  database.rename_collection("old_things", "things");
  db.reopen(testing::catalog_of({{"things", renamed}}));
  CHECK(db.find("things", "1")->values[1] == text("kept"));
}

TEST_CASE("mongodb: `was` over a database that knows neither name means nothing", "[mongo]") {
  Database database;
  testing::TestDatabase db(database.opener(), testing::catalog_of({{"things", kNew + "was: others\n"}}));
  db.fill({db.create("things", "1", {{"new", text("x")}})});
  db.reopen(testing::catalog_of({{"things", kNew + "was: others\n"}}));
  CHECK(db.find("things", "1")->values[1] == text("x"));
}
