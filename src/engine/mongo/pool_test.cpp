#include <catch2/catch.hpp>

#include "engine/mongo/connection.h"
#include "engine/mongo/testing/database.h"
#include "engine/testing/database.h"

using namespace holdfast;

TEST_CASE("mongodb: the pool tells of the connections that it has, and not of those that start-up had", "[mongo]") {
  testing::MongoDatabase server;
  const testing::FixedClock clock;
  testing::TestDatabase db([&](const Catalog& catalog) { return mongo::open(server.options(), catalog, clock); },
                           testing::catalog_of({{"users", "type: object\nid: text\nproperties: { name: { type: string } }\n"}}));
  CHECK(db.engine->pool()->idle == 0);
  CHECK_FALSE(db.has("users", "a"));
  CHECK(db.engine->pool()->idle == 1);
}

TEST_CASE("mongo: a connection that is made anew counts once", "[engine]") {
  const mongo::Driver driver;
  mongo::PoolCounters counters;
  mongo::ConnectionSettings settings;
  settings.uri.reset(mongoc_uri_new("mongodb://127.0.0.1:1/shop"));
  settings.database = "shop";
  settings.counters = &counters;
  {
    mongo::Connection one(settings), other(settings);
    one.client();
    other.client();
    CHECK(counters.open == 2);
    bson_error_t lost{};
    bson_set_error(&lost, MONGOC_ERROR_STREAM, MONGOC_ERROR_STREAM_SOCKET, "gone");
    one.note_failure(lost);
    CHECK(counters.open == 1);
    other.begin_work();  // it is taken for lost as well
    other.client();
    CHECK(counters.open == 1);
    CHECK(counters.created == 3);
  }
  CHECK(counters.open == 0);
}
