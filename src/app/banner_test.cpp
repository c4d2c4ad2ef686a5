#include "app/banner.h"

#include <catch2/catch.hpp>

#include "app/settings.h"
#include "model/loader.h"

using namespace holdfast;

namespace {

Catalog catalog_of(const std::string& name, const std::string& yaml) {
  auto loaded = load_model_text(name, yaml);
  for (const auto& fault : loaded.faults) INFO(fault.text());
  REQUIRE(loaded.faults.empty());
  return Catalog(std::move(loaded.models));
}

Config config_of(const char* host, const char* key = nullptr) {
  auto config = default_config("shop");
  REQUIRE_FALSE(set(config, *find_setting("HOST"), host, {}));
  if (key) REQUIRE_FALSE(set(config, *find_setting("HOLDFAST_API_KEY"), key, {}));
  config.database_file = "shop/data/holdfast.db";
  return config;
}

constexpr auto kItems = R"(
type: object
required: [name, price, category]
properties:
  name: { type: string, minLength: 1, maxLength: 5 }
  price: { type: number, decimal: [10, 2], minimum: 0 }
  category: { enum: [livre, l'autre] }
  tags: { type: array, items: { type: string } }
)";

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("banner: says the address first, then what is served, three requests that the first collection answers, and how to stop",
          "[app]") {
  const auto text = banner(config_of("127.0.0.1"), catalog_of("items", kItems), "127.0.0.1:8080");
  CHECK(text == "Holdfast " HOLDFAST_VERSION
                " serves http://127.0.0.1:8080\n"
                "  /api/items from shop/data/holdfast.db\n"
                "Try:\n"
                "  curl -g 'http://127.0.0.1:8080/api/items'\n"
                "  curl -g 'http://127.0.0.1:8080/api/items?category=livre'\n"
                "  curl -g 'http://127.0.0.1:8080/api/items' -H 'Content-Type: application/json' -d "
                "'{\"name\":\"Examp\",\"price\":9.99,\"category\":\"livre\"}'\n"
                "Stop: Ctrl-C, or SIGTERM.\n");
}

TEST_CASE("banner: warns when others reach the address and there is no key, and only then", "[app]") {
  const auto catalog = catalog_of("items", kItems);
  CHECK(contains(banner(config_of("0.0.0.0"), catalog, "0.0.0.0:8080"), "WARNING: 0.0.0.0"));
  CHECK_FALSE(contains(banner(config_of("0.0.0.0", "k"), catalog, "0.0.0.0:8080"), "WARNING"));
  CHECK_FALSE(contains(banner(config_of("::1"), catalog, "[::1]:8080"), "WARNING"));
}

TEST_CASE("banner: a server is named without user and password, and a pool that lowers the number of loops is told", "[app]") {
  auto config = config_of("127.0.0.1");
  for (const auto& [name, text] : {std::pair("HOLDFAST_THREADS", "4"), std::pair("HOLDFAST_POOL_SIZE", "7")})
    REQUIRE_FALSE(set(config, *find_setting(name), text, {Origin::kEnvironment, "environment", {}}));
  config.database_type.value = DatabaseType::kPostgres;
  config.server_url = "postgresql://shop:top-secret@db.example.org/shop?sslmode=require";
  const auto text = banner(config, catalog_of("items", kItems), "127.0.0.1:8080");
  CHECK(contains(text, "  /api/items from postgresql://db.example.org/shop\n"));
  CHECK(contains(text, "NOTE: HOLDFAST_POOL_SIZE=7 (environment) is enough for 2 of 4 loops: each needs 3 connections.\n"));
  CHECK_FALSE(contains(text, "top-secret"));
}

TEST_CASE("banner: requests go to an address that can be called, with the key when there is one, which is not shown", "[app]") {
  const auto text = banner(config_of("::", "top-secret"), catalog_of("items", kItems), "[::]:8080");
  CHECK(contains(text, "serves http://[::]:8080\n"));
  CHECK(contains(text, "curl -g -H \"Authorization: Bearer $HOLDFAST_API_KEY\" 'http://[::1]:8080/api/items'\n"));
  CHECK_FALSE(contains(text, "top-secret"));
}

TEST_CASE("banner: the sample body obeys every rule of the model, or there is none", "[app]") {
  const auto body = [](const char* field) {
    const auto yaml = std::string("type: object\nrequired: [a]\nproperties:\n  a: ") + field + "\n";
    return sample_body(catalog_of("things", yaml).models().front());
  };
  CHECK(body("{ type: integer, minimum: 12 }") == R"({"a":12})");
  CHECK(body("{ type: number, decimal: [4, 1], exclusiveMaximum: 3 }") == R"({"a":2.9})");
  CHECK(body("{ type: array, items: { type: boolean } }") == R"({"a":[true]})");
  CHECK(body("{ type: string, minLength: 9 }") == R"({"a":"Examplexx"})");
  CHECK(body("{ type: string, format: email }") == R"({"a":"someone@example.com"})");
  CHECK(body("{ type: string, pattern: '^[0-9]+$' }") == "");
  CHECK(body("{ type: string, minLength: 9223372036854775807 }") == "");
  CHECK(body("{ type: number, decimal: [18, 18], minimum: 0 }") == R"({"a":"0.000000000000000000"})");
  CHECK(body("{ type: object, required: [b], properties: { b: { type: integer }, c: { type: string, pattern: '^[0-9]$' } } }") ==
        R"({"a":{"b":1,"c":null}})");
  CHECK(body("{ ref: things }") == "");
}

TEST_CASE("banner: a sample that a shell would misread is quoted for it", "[app]") {
  const auto catalog = catalog_of("items", "type: object\nrequired: [a]\nproperties:\n  a: { enum: [\"l'été\"] }\n");
  const auto text = banner(config_of("127.0.0.1"), catalog, "127.0.0.1:1");
  CHECK(contains(text, "?a=l%27%C3%A9t%C3%A9'"));
  CHECK(contains(text, R"(-d '{"a":"l'\''été"}')"));
}

TEST_CASE("banner: what can be searched is searched for a word of the sample body", "[app]") {
  const auto search = [](const char* more) {
    const auto yaml = std::string("type: object\nproperties:\n  a: { type: string, maxLength: 4 }\n  b: { type: string }\n") + more;
    return sample_search(catalog_of("things", yaml).models().front());
  };
  CHECK(search("required: [a]\nsearch: { fields: [b, a], language: simple }\n") == "Exam");
  CHECK(search("search: { fields: [a], language: simple }\n") == "");
  CHECK(search("required: [a]\n") == "");
  const auto catalog = catalog_of("things",
                                  "type: object\nrequired: [a]\nproperties:\n  a: { type: string }\n"
                                  "search: { fields: [a], language: simple }\n");
  CHECK(
      contains(banner(config_of("127.0.0.1"), catalog, "127.0.0.1:1"), "  curl -g 'http://127.0.0.1:1/api/things/search?q=Example'\nStop"));
}

TEST_CASE("banner: the sample filter fits the model", "[app]") {
  const auto filter = [](const char* field) {
    return sample_filter(catalog_of("things", std::string("type: object\nproperties:\n  a: ") + field + "\n").models().front());
  };
  CHECK(filter("{ type: boolean }") == "a=true");
  CHECK(filter("{ type: integer }") == "a[gte]=10");
  CHECK(filter("{ type: string }") == "a[prefix]=a");
  CHECK(filter("{ type: string, format: date }") == "limit=3");
  CHECK(filter("{ ref: things }") == "limit=3");
  CHECK(filter("{ type: boolean, writeOnly: true }") == "limit=3");
}
