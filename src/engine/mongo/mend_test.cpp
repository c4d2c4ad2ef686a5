#include "engine/mongo/mend.h"

#include <catch2/catch.hpp>

#include "engine/mongo/document.h"
#include "engine/mongo/testing/scripted_server.h"
#include "engine/mongo/topology.h"
#include "engine/testing/fixture.h"

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

}  // namespace

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
