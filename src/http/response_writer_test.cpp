#include "http/response_writer.h"

#include <catch2/catch.hpp>

#include "http/problem.h"

namespace holdfast::http {
namespace {

Framing framing() {
  return {"Date: D\r\n", "r1", false, false};
}

TEST_CASE("response writer: the head has the session's fields and the handler's", "[http]") {
  Response response;
  response.status = 201;
  response.content_type = "application/json";
  response.headers.push_back({"Location", "/api/items/1"});
  response.body = "{}";
  std::string out = "before";
  append_head(out, response, framing());
  CHECK(out ==
        "beforeHTTP/1.1 201 Created\r\nDate: D\r\nContent-Type: application/json\r\nContent-Length: 2\r\nLocation: /api/items/1\r\n"
        "X-Request-Id: r1\r\n\r\n");
}

TEST_CASE("response writer: answers that never have content have no length", "[http]") {
  Response response;
  response.status = GENERATE(204, 304);
  std::string out;
  append_head(out, response, framing());
  CHECK(out.find("Content-Length") == std::string::npos);
}

TEST_CASE("response writer: a header with a line end is refused and nothing is written", "[http]") {
  Response response;
  response.headers.push_back({"Link", "a\r\nSet-Cookie: b"});
  std::string out = "before";
  CHECK_THROWS_AS(append_head(out, response, framing()), std::logic_error);
  CHECK(out == "before");
}

TEST_CASE("response writer: every code of ours has a reason phrase", "[http]") {
  for (int code = 0; code <= static_cast<int>(Code::kStorageFull); ++code) {
    INFO(code);
    CHECK_FALSE(reason_of(describe(static_cast<Code>(code)).status).empty());
  }
}

TEST_CASE("response writer: the date changes with the second", "[http]") {
  DateLine date;
  CHECK(date.at(784'111'777'000) == "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
  CHECK(date.at(784'111'777'999) == "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
  CHECK(date.at(784'111'778'000) == "Date: Sun, 06 Nov 1994 08:49:38 GMT\r\n");
}

TEST_CASE("problem: all facts of an error are in it", "[http]") {
  Error error(Code::kValidationFailed, "2 fields are \"wrong\".");
  error.errors.push_back({"/price", "scale", "At most 2 digits.", "2"});
  error.errors.push_back({"/name", "required", "Missing.", ""});
  const Response response = problem(error, "r1");
  CHECK(response.status == 422);
  CHECK(response.content_type == "application/problem+json");
  CHECK(response.body ==
        R"({"type":"/docs/errors#validation_failed","title":"Validation failed","status":422,"code":"validation_failed",)"
        R"("detail":"2 fields are \"wrong\".","errors":[{"pointer":"/price","code":"scale","message":"At most 2 digits.","scale":2},)"
        R"({"pointer":"/name","code":"required","message":"Missing."}],"requestId":"r1"})");
}

TEST_CASE("problem: fields, column, Retry-After and WWW-Authenticate where they belong", "[http]") {
  Error clash(Code::kUniqueViolation);
  clash.fields = {"email", "tenant"};
  CHECK(problem(clash, "r").body.find(R"("fields":["email","tenant"])") != std::string::npos);
  Error filter(Code::kInvalidFilter, "x");
  filter.column = 7;
  CHECK(problem(filter, "r").body.find(R"("column":7)") != std::string::npos);
  CHECK(problem(Error(Code::kOverloaded), "r").headers.at(0).name == "Retry-After");
  CHECK(problem(Error(Code::kUnauthenticated), "r").headers.at(0).value == "Bearer");
  CHECK(problem(Error(Code::kNotFound), "r").headers.empty());
}

}  // namespace
}  // namespace holdfast::http
