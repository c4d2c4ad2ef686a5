#include "engine/mongo/shown_id.h"

#include <catch2/catch.hpp>

#include "engine/mongo/document.h"
#include "engine/testing/fixture.h"

using namespace holdfast;

TEST_CASE("mongo: an id that no model reads is shown as JSON, and as ? when it is none", "[engine]") {
  const Catalog catalog = testing::catalog_of({{"things", "type: object\nid: text\nproperties: { a: { type: string } }\n"}});
  const auto shown = [&](const char* text) {
    const mongo::Document document(BCON_NEW("_id", "{", "of", BCON_UTF8(text), "}"));
    return mongo::shown_id_of(*document.get(), *catalog.find("things"));
  };
  CHECK(shown("x") == R"({ "of" : "x" })");
  CHECK(shown("\xff") == "?");
}
