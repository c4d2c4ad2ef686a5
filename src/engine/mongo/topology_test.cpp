#include "engine/mongo/topology.h"

#include <catch2/catch.hpp>

#include "engine/mongo/testing/scripted_server.h"
#include "engine/testing/fixture.h"

using namespace holdfast;
using testing::ScriptedServer;

namespace {

// Opens an engine for it and closes it.
void start(const ScriptedServer& server, const std::string& uri_options = "") {
  const Catalog catalog =
      testing::catalog_of({{"users", "type: object\nid: text\nproperties:\n  email: { type: string, maxLength: 50, unique: true }\n"}});
  const testing::FixedClock clock;
  mongo::Options options;
  options.uri = server.uri("", uri_options);
  options.pool_size = 1;
  mongo::open(options, catalog, clock)->close();
}

ScriptedServer::Script member(const std::string& hosts) {
  ScriptedServer::Script script = testing::served_script();
  script["isMaster"] = testing::greeting(R"("setName":"rs0","setVersion":1,"hosts":[)" + hosts + "],");
  return script;
}

}  // namespace

TEST_CASE("mongo: a server that is of a replica set is followed to its primary, though the URI names one host only", "[mongo]") {
  const ScriptedServer elsewhere(member(R"("127.0.0.1:1")"));
  CHECK_THROWS_WITH(
      start(elsewhere),
      Catch::Contains("is of the replica set rs0, but no primary can be reached by the names that the set has for its members "
                      "(127.0.0.1:1)"));
  CHECK_NOTHROW(start(elsewhere, "?directConnection=true"));
  CHECK_NOTHROW(start(ScriptedServer(member(R"("127.0.0.1:PORT")"))));
}

TEST_CASE("mongo: a start with a host that is not known says so, also of one whose SRV record is asked", "[mongo]") {
  const Catalog catalog = testing::catalog_of({{"users", "type: object\nproperties: { name: { type: string } }\n"}});
  const testing::FixedClock clock;
  for (const std::string uri : {"mongodb://nowhere.invalid/shop", "mongodb+srv://db.nowhere.invalid/shop"}) {
    mongo::Options options;
    options.uri = uri;
    try {
      mongo::open(options, catalog, clock)->close();
      FAIL("it was opened");
    } catch (const StartupError& error) {
      CHECK(error.exit_status() == kExitUnavailable);
      CHECK_THAT(error.what(), Catch::Contains("is not known. Correct it in MONGODB_URI."));
    }
  }
}

TEST_CASE("mongo: a bare @ in the name of the database is refused in words that name the database", "[mongo]") {
  mongo::Options options;
  options.uri = "mongodb://127.0.0.1/shop@x";
  CHECK_THROWS_WITH(mongo::read_uri(options), Catch::Contains("within the user, the password or the name of the database"));
}

TEST_CASE("mongo: what the URI says of read concerns is not asked of commands that take none", "[mongo]") {
  const ScriptedServer server(testing::served_script());
  start(server, "?readConcernLevel=majority");
  REQUIRE_FALSE(server.received("buildInfo").empty());
  CHECK(server.received("buildInfo").front().find("readConcern") == std::string::npos);
}
