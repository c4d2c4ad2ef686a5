#include "engine/mongo/schema.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "engine/mongo/document.h"
#include "engine/mongo/testing/database.h"
#include "engine/testing/database.h"

using namespace holdfast;

namespace {

Catalog users(const std::string& properties, const std::string& rest = "") {
  return testing::catalog_of({{"users", "type: object\nid: text\nproperties:\n" + properties + rest}});
}

const std::string kEmail = "  email: { type: string, maxLength: 50, unique: true }\n";

struct Database {
  std::unique_ptr<Engine> open(const Catalog& catalog) { return mongo::open(server.options(), catalog, clock); }

  // What the start says; it must be refused.
  std::string refusal(const Catalog& catalog, int status = kExitConfiguration) {
    try {
      open(catalog)->close();
    } catch (const StartupError& error) {
      CHECK(error.exit_status() == status);
      return error.what();
    }
    FAIL("it was opened");
    return {};
  }

  testing::MongoDatabase server;
  testing::FixedClock clock;
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("mongodb: a second start finds all as it is, and the same key for cursors", "[mongo]") {
  Database database;
  const Catalog catalog = users(kEmail + "  name: { type: string, maxLength: 9 }\n",
                                "indexes: [ [email], [-name] ]\nsearch: { fields: [name], language: english }\n");
  const auto first = database.open(catalog);
  const std::string indexes = mongo::relaxed_json(*database.server.run("{'listIndexes': 'users'}").get());
  for (const char* name : {"'email_1'", "'email_1__id_1'", "'name_-1__id_-1'"}) {
    std::string quoted = name;
    std::replace(quoted.begin(), quoted.end(), '\'', '"');
    CHECK(contains(indexes, quoted));
  }
  const auto second = database.open(catalog);
  CHECK(first->cursor_key() == second->cursor_key());
  CHECK(mongo::relaxed_json(*database.server.run("{'listIndexes': 'users'}").get()) == indexes);
  second->close();
  first->close();
}

TEST_CASE("mongodb: every difference that cannot be served is told at once", "[mongo]") {
  Database database;
  database.server.run(
      "{'createIndexes': 'users', 'indexes': [{'key': {'email': 1}, 'name': 'email_1'}, "
      "{'key': {'phone': 1}, 'name': 'phone_1', 'unique': true}]}");
  const std::string told =
      database.refusal(users(kEmail + "  odd: { type: string, column: 'a.b' }\n  own: { type: string, column: __v }\n"));
  CHECK(contains(told, "the index email_1 on email is not unique and sparse"));
  CHECK(contains(told, "phone must be unique by the index phone_1, which the model does not say"));
  CHECK(contains(told, "the field odd cannot be stored as a.b"));
  CHECK(contains(told, "the field own cannot be stored as __v"));
  CHECK(contains(told, "nothing was changed"));
  CHECK_FALSE(contains(mongo::relaxed_json(*database.server.run("{'listCollections': 1}").get()), "_hf_"));
}

TEST_CASE("mongodb: records that break a unique key of the model refuse the start", "[mongo]") {
  Database database;
  database.server.run("{'insert': 'users', 'documents': [{'_id': 'a', 'email': 'x'}, {'_id': 'b', 'email': 'x'}]}");
  CHECK(contains(database.refusal(users(kEmail)), "records that are there break a unique key"));
}

TEST_CASE("mongodb: a field that would read other values than were written refuses the start", "[mongo]") {
  Database database;
  database.open(users("  price: { type: number, decimal: [9, 2] }\n"))->close();
  CHECK(contains(database.refusal(users("  price: { type: number, decimal: [9, 3] }\n")),
                 "price holds values of type decimal of scale 2, which the model would read as decimal of scale 3"));
}

TEST_CASE("mongodb: a key that comes to a collection holds for the records that are there", "[mongo]") {
  Database database;
  const std::string fields = "  team: { type: string, maxLength: 9 }\n  number: { type: integer }\n";
  testing::TestDatabase db([&](const Catalog& catalog) { return database.open(catalog); }, users(fields));
  db.fill({db.create("users", "1", {{"team", testing::text("x")}, {"number", testing::integer(1)}})});
  db.reopen(users(fields, "unique: [ [team, number] ]\nsearch: { fields: [team], language: english }\n"));
  testing::refusal(db.write(db.create("users", "2", {{"team", testing::text("x")}, {"number", testing::integer(1)}})),
                   Code::kUniqueViolation);
  CHECK(db.find("users", "1")->revision == 1);
  const Reindexed again = db.engine->reindex(db.model("users"), [](std::int64_t, std::int64_t) {});
  CHECK(again.records == 1);
  CHECK(again.mended == 0);
}

TEST_CASE("mongodb: what is no address of a database is told without its password", "[mongo]") {
  Database database;
  const Catalog catalog = users(kEmail);
  const auto refusal = [&](const std::string& uri, int status) {
    mongo::Options options;
    options.uri = uri;
    try {
      mongo::open(options, catalog, database.clock)->close();
    } catch (const StartupError& error) {
      CHECK(error.exit_status() == status);
      CHECK_FALSE(contains(error.what(), "secret"));
      return std::string(error.what());
    }
    FAIL("it was opened");
    return std::string();
  };
  CHECK(contains(refusal("mongodb://ann:secret@127.0.0.1:1", kExitConfiguration), "names no database"));
  CHECK(contains(refusal("postgres://ann:secret@127.0.0.1/shop", kExitConfiguration), "no URI of MongoDB"));
  CHECK(contains(refusal("mongodb://127.0.0.1:1/shop", kExitUnavailable), "Nothing listens on 127.0.0.1:1"));
}

TEST_CASE("mongodb: a text that becomes a reference to ObjectIds, and one back, is refused, since it is stored otherwise", "[mongo]") {
  Database database;
  const auto catalog = [](const std::string& owner) {
    return testing::catalog_of({{"cars", "type: object\nid: text\nproperties:\n  owner: " + owner + "\n"},
                                {"owners", "type: object\nid: objectId\nproperties: { name: { type: string } }\n"}});
  };
  const std::string texts = "{ type: string, maxLength: 24 }", references = "{ ref: owners }";
  database.open(catalog(texts))->close();
  CHECK(contains(database.refusal(catalog(references)),
                 "cars: owner holds values of type string, which the model would read as string as ObjectId"));
  database.server.run("{'drop': 'cars'}");
  database.open(catalog(references))->close();
  CHECK(contains(database.refusal(catalog(texts)), "cars: owner holds values of type string as ObjectId"));
  database.open(catalog(references))->close();
}

TEST_CASE("mongodb: references to ObjectIds that an older Holdfast noted as strings are taken as they are", "[mongo]") {
  Database database;
  const Catalog catalog = testing::catalog_of({{"cars", "type: object\nid: text\nproperties:\n  owner: { ref: owners }\n"},
                                               {"owners", "type: object\nid: objectId\nproperties: { name: { type: string } }\n"}});
  database.open(catalog)->close();
  database.server.run(
      "{'update': '_hf_meta', 'updates': [{'q': {'_id': 'columns cars'}, 'u': {'$unset': {'neverNull': 1}, "
      "'$set': {'meanings': [{'path': 'owner', 'meaning': 'string'}]}}}]}");
  database.open(catalog)->close();
  database.open(catalog)->close();
}
