#include "query/request_parameters.h"

#include <catch2/catch.hpp>

#include "query/testing_filter_text.h"
#include "query/testing_model.h"

using namespace holdfast;

namespace {

const Model kModel = testing::wide_model();

std::string read(const Endpoint& endpoint, std::string_view query) {
  const auto parameters = parse_parameters(query);
  REQUIRE(parameters.has_value());
  const auto request = read_request_parameters(kModel, endpoint, *parameters);
  return request ? testing::text_of(kModel, request->filter) : testing::text_of(request.error());
}

}  // namespace

TEST_CASE("request parameters: field filters and filter text are joined by and, the same filter twice too", "[query]") {
  CHECK(read(kListEndpoint, "") == "always");
  CHECK(read(kListEndpoint, "name=a") == "name = \"a\"");
  CHECK(read(kListEndpoint, "name") == "name = \"\"");
  CHECK(read(kListEndpoint, "price[gte]=10&price[lt]=50&isActive=true") == "(price gte 1000 and price lt 5000 and isActive = true)");
  CHECK(read(kListEndpoint, "tags[has]=a&tags[has]=b") == "(tags has \"a\" and tags has \"b\")");
  CHECK(read(kListEndpoint, "filter=not=1+or+not=2&name=a&limit=5") == "(name = \"a\" and (not = 1 or not = 2))");
}

TEST_CASE("request parameters: names are reserved only where the endpoint takes them", "[query]") {
  CHECK(read(kListEndpoint, "count=exact") == "always");
  CHECK(read(kListEndpoint, "count[eq]=3") == "count = 3");
  CHECK(read(kCountEndpoint, "count=3") == "count = 3");
  CHECK(read(kCountEndpoint, "limit=3").starts_with("unknown_parameter: \"limit\""));
  CHECK(read(kListEndpoint, "q=a").starts_with("unknown_parameter: \"q\""));
  CHECK(read(kSearchEndpoint, "q=a&limit=1") == "always");
  CHECK(read(kItemEndpoint, "name=a") == "unknown_parameter: \"name\" is not a parameter here.");
  CHECK(read(kItemEndpoint, "field=a") == "unknown_parameter: \"field\" is not a parameter here. Did you mean `fields`?");
}

TEST_CASE("request parameters: what is unknown is refused by name, with the nearest", "[query]") {
  CHECK(read(kListEndpoint, "limt=3") ==
        "unknown_parameter: \"limt\" is neither a parameter here nor a filter on a field of `items`. Did you mean `limit`?");
  CHECK(read(kListEndpoint, "prise[gte]=3") ==
        "unknown_parameter: \"prise[gte]\" is neither a parameter here nor a filter on a field of `items`. Did you mean `price`?");
  CHECK(read(kListEndpoint, "limit[eq]=3").starts_with("unknown_parameter: \"limit[eq]\""));
  for (const char* query :
       {"price[gte=1", "price]=1", "[gte]=1", "=1", "[]=1", "address.city=x", "price[gte][lt]=1", "price[[gte]]=1", "PRICE=1", "_=1"}) {
    CAPTURE(query);
    CHECK(read(kListEndpoint, query).starts_with("unknown_parameter"));
  }
}

TEST_CASE("request parameters: a parameter of one value is refused the second time", "[query]") {
  for (const char* name : {"limit", "offset", "sortBy", "sortOrder", "cursor", "fields", "filter", "count", "q"}) {
    CAPTURE(name);
    const std::string query = std::string(name) + "=1&" + name + "=1";
    CHECK(read(kSearchEndpoint, query) == "invalid_parameter: `" + std::string(name) + "` is given twice; it takes one value.");
  }
}

TEST_CASE("request parameters: comparisons count over the whole request", "[query]") {
  std::string query = "name=a";
  for (int i = 1; i < 200; ++i) query += "&name=a";
  CHECK(read(kListEndpoint, query).starts_with("(name"));
  CHECK(read(kListEndpoint, query + "&name=a").starts_with("invalid_parameter: A request takes at most 200 comparisons"));
  CHECK(read(kListEndpoint, query + "&filter=count=1").starts_with("invalid_filter 1: A request takes at most 200 comparisons"));
}

TEST_CASE("request parameters: brackets name members of objects by their path, never what is write-only", "[query]") {
  const Model nested = testing::orders_model();
  const auto filtered = [&](std::string_view query) {
    const auto request = read_request_parameters(nested, kListEndpoint, *parse_parameters(query));
    return request ? testing::text_of(nested, request->filter) : testing::text_of(request.error());
  };
  CHECK(filtered("address.city=Lyon&address.place.latitude[gt]=45") == "(address.city = \"Lyon\" and address.place.latitude gt 45.000000)");
  CHECK(filtered("address[null]=true") == "address null true");
  CHECK(filtered("address=x") == "invalid_parameter: `address` does not take `eq`; it takes null.");
  CHECK(filtered("address[city]=x").starts_with("unknown_parameter: `address[…]` names an unknown operator, \"city\"."));
  CHECK(filtered("adress.city=x") ==
        "unknown_parameter: \"adress.city\" is neither a parameter here nor a filter on a field of `orders`. Did you mean `address.city`?");
  for (const char* name : {"secret", "secre", "vault", "vault.pin", "vault.pi"}) {
    CAPTURE(name);
    CHECK(filtered(std::string(name) + "=1") ==
          "unknown_parameter: \"" + std::string(name) + "\" is neither a parameter here nor a filter on a field of `orders`.");
  }
}

TEST_CASE("request parameters: a field that is called q is reached with brackets in a search", "[query]") {
  const Model model = testing::model_of("asks", IdKind::kUuid, {testing::text_field("q", 10)}, false);
  const auto filtered = [&](const Endpoint& endpoint, std::string_view query) {
    const auto request = read_request_parameters(model, endpoint, *parse_parameters(query));
    return request ? testing::text_of(model, request->filter) : testing::text_of(request.error());
  };
  CHECK(filtered(kSearchEndpoint, "q=a") == "always");
  CHECK(filtered(kSearchEndpoint, "q=a&q[eq]=b") == "q = \"b\"");
  CHECK(filtered(kListEndpoint, "q=b") == "q = \"b\"");
}
