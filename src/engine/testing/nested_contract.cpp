#include <catch2/catch.hpp>

#include "engine/testing/client.h"
#include "engine/testing/fixture.h"

namespace holdfast::testing {
namespace {

Catalog places() {
  return catalog_of({{"places", R"(
type: object
id: text
properties:
  at: { type: object, required: [city], properties: {
          city: { type: string, maxLength: 50 }, area: { type: number, decimal: [10, 2] }, opened: { type: string, format: date-time },
          isOpen: { type: boolean }, height: { type: number }, stars: { type: integer },
          spot: { type: object, properties: { lat: { type: number }, names: { type: array, items: { type: string } } } } } }
  lines: { type: array, items: { type: object, properties: { sku: { type: string }, price: { type: number, decimal: [18, 4] } } } }
  notes: { type: array, items: { type: object, additionalProperties: true } }
  meta:  { type: object, additionalProperties: true }
indexes: [ [at.city], [-at.area, at.spot.lat] ]
)"}});
}

void made(const Result<Written>& written) {
  if (written.has_error()) FAIL(written.error());
}

// What was sent comes back, in the model's order, exactly.
void check_round_trips(Client& client) {
  made(client.post(
      "places", "a",
      {{"at", R"({"stars":9223372036854775807,"height":1e21,"city":"Nice","area":"99999999.99","opened":"2024-02-29T13:00:00+01:00",)"
              R"("isOpen":true,"spot":{"names":["b","a","b"],"lat":-0.5}})"},
       {"lines", R"([{"price":"99999999999999.9999","sku":"é"},{}])"},
       {"notes", R"([{"b":1.0,"a":[null,{"z":1e2,"y":"\u0001"}]},{}])"},
       {"meta", R"({"b":{"\uFFFF":1,"😀":2},"a":-0})"}}));
  CHECK(client.json("places", "a") ==
        R"({"id":"a","at":{"city":"Nice","area":99999999.99,"opened":"2024-02-29T12:00:00.000Z","isOpen":true,"height":1e+21,)"
        R"("stars":9223372036854775807,"spot":{"lat":-0.5,"names":["b","a","b"]}},)"
        R"("lines":[{"sku":"é","price":"99999999999999.9999"},{"sku":null,"price":null}],)"
        R"("notes":[{"a":[null,{"y":"\u0001","z":100}],"b":1},{}],"meta":{"a":0,"b":{")"
        "\uFFFF"
        R"(":1,"😀":2}}})");
  // "`{}` is stored as an object and answered with every declared member; only null is null."
  made(client.post("places", "b", {{"at", R"({"city":"Lyon","area":-1,"spot":{}})"}}));
  CHECK(
      client.json("places", "b") ==
      R"({"id":"b","at":{"city":"Lyon","area":-1.00,"opened":null,"isOpen":null,"height":null,"stars":null,"spot":{"lat":null,"names":[]}},)"
      R"("lines":[],"notes":[],"meta":null})");
  made(client.post("places", "c",
                   {{"at", R"({"city":"Lyon","area":10.5,"opened":"0001-01-01T00:00:00Z","isOpen":false,"height":5e-324,"stars":-1})"}}));
  made(client.post("places", "d"));
  made(client.post("places", "e", {{"at", R"({"city":"😀","area":9,"spot":{"lat":3}})"}, {"meta", "{}"}}));
}

void check_filters(Client& client) {
  const auto found = [&](const std::string& filter) { return client.walk("places", "sortBy=%2Bid&" + filter); };
  CHECK(found("at.city=Lyon") == "b c");
  CHECK(found("at.city%5Bne%5D=Lyon") == "a d e");
  CHECK(found("at.city%5Bgt%5D=Nice") == "e");
  CHECK(found("at.city%5Bilike%5D=%25I%25") == "a");
  CHECK(found("at.city%5Bprefix%5D=L") == "b c");
  CHECK(found("at.area%5Bgt%5D=9") == "a c");
  CHECK(found("at.area%5Blt%5D=9.0001") == "b e");
  CHECK(found("at.opened%5Blte%5D=2024-02-29T12:00:00Z") == "a c");
  CHECK(found("at.isOpen=false") == "c");
  CHECK(found("at.isOpen%5Bne%5D=false") == "a b d e");
  CHECK(found("at.height%5Bin%5D=1e21,5e-324") == "a c");
  CHECK(found("at.stars=9223372036854775807") == "a");
  CHECK(found("at.spot.lat%5Bbetween%5D=-1,3") == "a e");
  CHECK(found("at.spot%5Bnull%5D=true") == "c d");
  CHECK(found("at.spot.lat%5Bnull%5D=true") == "b c d");
  CHECK(found("at.spot.names%5Bnull%5D=true") == "c d");
  CHECK(found("at%5Bnull%5D=true") == "d");
  CHECK(found("meta%5Bnull%5D=true") == "b c d");
  CHECK(found("lines%5Bnull%5D=false") == "a b c d e");
  CHECK(found("filter=not (at.area > 9)") == "b d e");
  CHECK(client.count("places", "at.city=Lyon") == 2);
}

void check_sorts(Client& client) {
  for (const char* limit : {"&limit=1", "&limit=2", "&limit=50"}) {
    const auto order = [&](const std::string& keys) { return client.walk("places", "sortBy=" + keys + limit); };
    CHECK(order("%2Bat.city") == "d b c a e");
    CHECK(order("-at.city") == "e a c b d");
    CHECK(order("%2Bat.area") == "d b e c a");
    CHECK(order("-at.area,%2Bat.spot.lat") == "a c e b d");
    CHECK(order("%2Bat.isOpen") == "b d e c a");
    CHECK(order("-at.opened,%2Bid") == "a c b d e");
    CHECK(order("%2Bat.height,-at.stars,%2Bid") == "b d e c a");
    CHECK(order("%2Bat.spot.lat,%2Bid") == "b c d a e");
  }
}

void check_merges(Client& client) {
  made(client.patch("places", "b", {{"at", R"({"area":2,"spot":{"lat":1}})"}, {"meta", R"({"a":{"b":1}})"}}));
  made(client.patch("places", "b",
                    {{"at", R"({"area":null,"spot":{"names":["x"]}})"}, {"meta", R"({"a":{"b":null,"c":[null]},"d":null})"}}));
  CHECK(
      client.json("places", "b") ==
      R"({"id":"b","at":{"city":"Lyon","area":null,"opened":null,"isOpen":null,"height":null,"stars":null,"spot":{"lat":1,"names":["x"]}},)"
      R"("lines":[],"notes":[],"meta":{"a":{"c":[null]}}})");
  CHECK(client.walk("places", "at.spot.lat=1") == "b");
  CHECK_FALSE(client.patch("places", "b", {{"at", R"({"spot":{"lat":1.0}})"}, {"meta", R"({"z":null})"}})->changed);
  CHECK(client.find("places", "b")->revision == 3);

  // "`required` of an object that the patch touches and that was null."
  const Result<Written> refused = client.patch("places", "d", {{"at", R"({"area":1})"}});
  REQUIRE(refused.has_error());
  CHECK(refused.error().code == Code::kValidationFailed);
  REQUIRE(refused.error().errors.size() == 1);
  CHECK(refused.error().errors.front().pointer == "/at/city");
  CHECK(refused.error().errors.front().code == "required");
  made(client.patch("places", "d", {{"at", R"({"city":"Pau"})"}}));
  CHECK(client.walk("places", "at.city=Pau") == "d");
  made(client.patch("places", "a", {{"at", "null"}, {"lines", R"([{"sku":"1"}])"}, {"meta", "null"}}));
  CHECK(client.json("places", "a") ==
        R"({"id":"a","at":null,"lines":[{"sku":"1","price":null}],"notes":[{"a":[null,{"y":"\u0001","z":100}],"b":1},{}],"meta":null})");
}

}  // namespace

void check_nested_objects(const OpenEngine& open) {
  Client client(open, places());
  check_round_trips(client);
  check_filters(client);
  check_sorts(client);
  check_merges(client);
}

}  // namespace holdfast::testing
