// The pure parts of the API: routes, negotiation, conditions, links, CORS, codings.

#include <zlib.h>
#include <zstd.h>

#include <catch2/catch.hpp>

#include "http/compression.h"
#include "http/conditional.h"
#include "http/cors.h"
#include "http/link.h"
#include "http/negotiation.h"
#include "http/router.h"
#include "model/loader.h"

using namespace holdfast;
using namespace holdfast::http;

namespace {

const Catalog& catalog() {
  static const Catalog instance(
      load_model_texts({
                           {"items", "type: object\nproperties: { category: { enum: [a, b] } }\nfinders: { category: {} }\n"},
                           {"notes", "type: object\nproperties: { text: { type: string } }\nsearch: { fields: [text] }\n"},
                       })
          .models);
  return instance;
}

std::string route(std::string_view path) {
  const Result<Route> found = find_route(catalog(), path);
  if (!found) return std::string(describe(found.error().code).name);
  switch (found->kind) {
    case Route::Kind::kCollection:
      return "list";
    case Route::Kind::kItem:
      return "item " + found->value;
    case Route::Kind::kCount:
      return "count";
    case Route::Kind::kSearch:
      return "search";
    case Route::Kind::kFinder:
      return "finder " + found->finder->name + " " + found->value;
    default:
      return "fixed";
  }
}

Request get(std::string target, std::vector<Header> headers = {}) {
  Request request;
  request.target = std::move(target);
  request.headers = std::move(headers);
  return request;
}

std::string header(const Response& response, std::string_view name) {
  for (const Header& header : response.headers) {
    if (header.name == name) return header.value;
  }
  return {};
}

}  // namespace

TEST_CASE("router: every path is a route or a named refusal", "[http]") {
  CHECK(route("/api/items") == "list");
  CHECK(route("/api/%69tems") == "list");
  CHECK(route("/api/items/count") == "count");
  CHECK(route("/api/items/a%20b") == "item a b");
  CHECK(route("/api/items/category/a") == "finder category a");
  CHECK(route("/api/notes/search") == "search");
  CHECK(route("/api/notes/search/x") == "unknown_route");
  CHECK(route("/api/items/search") == "unknown_route");
  CHECK(route("/api/items/") == "unknown_route");
  CHECK(route("/api/items/colour/a") == "unknown_route");
  CHECK(route("/api/items/category/a/b") == "unknown_route");
  CHECK(route("/api/items/category/") == "unknown_route");
  CHECK(route("/api/") == "unknown_route");
  CHECK(route("/api/other") == "unknown_collection");
  CHECK(route("/api/items/%zz") == "invalid_encoding");
  CHECK(route("/nothing") == "unknown_route");
  CHECK(route("/nothing/\xc3\xa9") == "unknown_route");
  CHECK(route("/nothing/\xff") == "invalid_encoding");
  CHECK(route("/api/items/\xff/a") == "invalid_encoding");
  for (const char* path : {"/", "/api", "/health/live", "/health/ready"}) CHECK(route(path) == "fixed");
}

TEST_CASE("negotiation: JSON is accepted where the client admits it", "[http]") {
  for (const char* accept : {"", "*/*", "application/*", "application/json", "text/html, application/json;q=0.5", "APPLICATION/JSON"})
    CHECK(accepts_json(accept));
  for (const char* accept : {"text/html", "application/json;q=0", "application/json;q=0, */*", "text/*", "*/*;q=0.000"})
    CHECK_FALSE(accepts_json(accept));
  for (const char* weight : {"q=0.001", "q=1.000", "q=1", "q=", "q=nan", "q=inf", "q=-1", "q=.5"}) {
    INFO(weight);  // what is no weight takes nothing away
    CHECK(accepts_json(std::string("application/json;") + weight));
  }
}

TEST_CASE("negotiation: bodies are coded when asked and worth it", "[http]") {
  CHECK(choose_coding("", 9999) == Coding::kIdentity);
  CHECK(choose_coding("gzip, zstd", 9999) == Coding::kZstd);
  CHECK(choose_coding("gzip, zstd;q=0.5", 9999) == Coding::kGzip);
  CHECK(choose_coding("gzip;q=0.25, zstd;q=0.249", 9999) == Coding::kGzip);
  CHECK(choose_coding("gzip", 10) == Coding::kIdentity);
  CHECK(choose_coding("gzip, identity;q=0", 10) == Coding::kGzip);
  CHECK(choose_coding("*;q=0", 10) == Coding::kNone);
  CHECK(choose_coding("br", 9999) == Coding::kIdentity);
  CHECK(choose_coding("gzip;q=0", 9999) == Coding::kIdentity);
}

TEST_CASE("negotiation: only JSON in UTF-8 is read", "[http]") {
  CHECK(is_json_media_type("application/json", false));
  CHECK(is_json_media_type("Application/JSON; charset=UTF-8", false));
  CHECK(is_json_media_type("application/merge-patch+json", true));
  CHECK_FALSE(is_json_media_type("application/merge-patch+json", false));
  CHECK_FALSE(is_json_media_type("application/json; charset=latin1", false));
  CHECK_FALSE(is_json_media_type("text/plain", true));
}

TEST_CASE("conditional: an answer the client has is not sent again", "[http]") {
  Response unchanged;
  const auto apply = [](const Request& request, Response& response) -> Result<void> {
    const Result<Conditions> conditions = read_conditions(request);
    if (!conditions) return conditions.error();
    return apply_conditions(*conditions, request, "\"1-abc\"", response);
  };
  REQUIRE(apply(get("/", {{"If-None-Match", "*"}}), unchanged));
  CHECK(header(unchanged, "Vary") == "Accept-Encoding");
  const auto answer = [&apply](std::vector<Header> headers) {
    Response response;
    response.body = "{}";
    const Result<void> applied = apply(get("/", std::move(headers)), response);
    return applied ? response.status : describe(applied.error().code).status;
  };
  CHECK(answer({}) == 200);
  CHECK(answer({{"If-None-Match", "\"1-abc\""}}) == 304);
  CHECK(answer({{"If-None-Match", "W/\"1-abc\""}}) == 304);
  CHECK(answer({{"If-None-Match", "\"1-abc-gzip\""}}) == 304);
  CHECK(answer({{"If-None-Match", "\"x\", \"1-abc-zstd\""}}) == 304);
  CHECK(answer({{"If-None-Match", "*"}}) == 304);
  CHECK(answer({{"If-None-Match", "\"2-abc\""}}) == 200);
  CHECK(answer({{"If-Match", "\"1-abc\""}}) == 200);
  CHECK(answer({{"If-Match", "W/\"1-abc\""}}) == 412);
  CHECK(answer({{"If-Match", "\"2-abc\""}}) == 412);
  for (const char* empty_elements : {", \"1-abc\"", ",,\"1-abc\",", "\"x\", ,\t,\"1-abc\"", " ,\"1-abc\" , ,"}) {
    CHECK(answer({{"If-None-Match", empty_elements}}) == 304);
    CHECK(answer({{"If-Match", empty_elements}}) == 200);
  }
  for (const char* bad : {"1-abc", "\"", "", ",", " , ,", "\"a\" \"b\"", "*, \"a\"", ",*"}) CHECK(answer({{"If-Match", bad}}) == 400);
}

TEST_CASE("conditional: the tag of an answer that is not sent again is that of the coded one", "[http]") {
  const auto tag = [](const char* codings, std::size_t bytes) {
    Response response;
    response.body.assign(bytes, 'a');
    response.headers.push_back({"ETag", "\"1-abc\""});
    const Request request = get("/", {{"If-None-Match", "\"1-abc\""}, {"Accept-Encoding", codings}});
    const Result<Conditions> conditions = read_conditions(request);
    REQUIRE(apply_conditions(*conditions, request, "\"1-abc\"", response));
    CHECK(response.status == 304);
    return header(response, "ETag");
  };
  CHECK(tag("gzip", 9999) == "\"1-abc-gzip\"");
  CHECK(tag("zstd", 9999) == "\"1-abc-zstd\"");
  CHECK(tag("gzip, zstd", 10) == "\"1-abc\"");  // too small to be coded
  CHECK(tag("br", 9999) == "\"1-abc\"");
}

TEST_CASE("link: the request's own query goes on, with a new cursor and without an offset", "[http]") {
  CHECK(next_link(get("/api/items"), "C") == "</api/items?cursor=C>; rel=\"next\"");
  CHECK(next_link(get("/api/items?price[gte]=1&offset=2&cursor=B&sortBy=a,-b"), "C") ==
        "</api/items?price[gte]=1&sortBy=a,-b&cursor=C>; rel=\"next\"");
  CHECK(next_link(get("/api/items?%6fffset=2&name=a>b"), "C") == "</api/items?name=a%3Eb&cursor=C>; rel=\"next\"");
}

TEST_CASE("cors: only listed origins are admitted, and it is said that the answer depends on them", "[http]") {
  const CorsPolicy policy{{"https://a.example"}};
  Response admitted;
  add_cors(policy, get("/", {{"Origin", "https://a.example"}}), admitted);
  CHECK(header(admitted, "Access-Control-Allow-Origin") == "https://a.example");
  const std::string exposed = header(admitted, "Access-Control-Expose-Headers");
  for (const char* name : {"ETag", "Link", "Location", "Idempotency-Replayed"}) CHECK(exposed.find(name) != std::string::npos);
  CHECK(header(admitted, "Vary") == "Origin");
  Response other;
  add_cors(policy, get("/", {{"Origin", "https://b.example"}}), other);
  CHECK(header(other, "Access-Control-Allow-Origin").empty());
  Response off;
  add_cors({}, get("/", {{"Origin", "https://a.example"}}), off);
  CHECK(off.headers.empty());
}

TEST_CASE("cors: a preflight admits the headers that make a write safe", "[http]") {
  Response answer;
  add_preflight({{"*"}}, get("/", {{"Origin", "https://a.example"}}), "GET, POST", answer);
  const std::string allowed = header(answer, "Access-Control-Allow-Headers");
  for (const char* name : {"If-Match", "If-None-Match", "Idempotency-Key"}) CHECK(allowed.find(name) != std::string::npos);
}

TEST_CASE("router: search of a model that declares none says how to declare it", "[http]") {
  const Result<Route> route = find_route(catalog(), "/api/items/search");
  REQUIRE(route.has_error());
  CHECK(route.error().detail == "items cannot be searched. Declare it in the model, as in `search: { fields: [name], language: simple }`.");
}

TEST_CASE("compression: a coded body comes back, and its ETag says the coding", "[http]") {
  const std::string text(5000, 'x');
  Response response;
  response.body = text;
  response.headers.push_back({"ETag", "\"1-abc\""});
  compress(get("/", {{"Accept-Encoding", "gzip"}}), response);
  CHECK(header(response, "Content-Encoding") == "gzip");
  CHECK(header(response, "ETag") == "\"1-abc-gzip\"");
  CHECK(header(response, "Vary") == "Accept-Encoding");
  CHECK(response.body.size() < 200);

  const std::string coded = zstd(text);
  std::string back(text.size(), '\0');
  CHECK(ZSTD_decompress(back.data(), back.size(), coded.data(), coded.size()) == text.size());
  CHECK(back == text);
}
