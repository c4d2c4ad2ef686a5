#include "http/write_request.h"

#include <catch2/catch.hpp>

#include "engine/testing/fixture.h"

using namespace holdfast;
using namespace holdfast::http;

namespace {

const Catalog& catalog() {
  static const Catalog instance(testing::catalog_of({
      {"notes",
       "id: text\ntype: object\nrequired: [email]\nproperties:\n  email: { type: string, maxLength: 50, unique: true }\n"
       "  size: { type: [integer, \"null\"], unique: true }\n  name: { type: string, default: x }\ntimestamps: true\n"},
      {"numbers", "id: integer\ntype: object\nproperties:\n  name: { type: string }\n"},
      {"guarded", "id: text\nrequireIfMatch: true\ntype: object\nproperties:\n  name: { type: string, maxLength: 9, unique: true }\n"},
  }));
  return instance;
}

struct Sent {
  Method method = Method::kPost;
  const char* path = "/api/notes";
  std::vector<Header> headers;
  const char* body = R"({"email":"a@b"})";
  const char* on_conflict = nullptr;  // a field of a key
};

Result<WriteRequest> read(const Sent& sent) {
  Request request;
  request.method = sent.method;
  request.method_text = sent.method == Method::kPost ? "POST" : "PUT";
  request.target = sent.path;
  request.headers = sent.headers;
  request.headers.push_back({"Content-Type", "application/json"});
  request.body = sent.body;
  request.has_body = true;
  const Result<Route> route = find_route(catalog(), request.path());
  std::optional<std::vector<std::size_t>> key;
  if (sent.on_conflict != nullptr) key = std::vector<std::size_t>{route->model->ordinal(sent.on_conflict).value()};
  Result<WritePlan> head = read_write_head(request, *route, std::move(key));
  if (!head) return head.error();
  return read_write_body(request, std::move(*head), 8);
}

// The error code, or "" when it can be written.
std::string refusal(const Sent& sent) {
  const auto write = read(sent);
  if (!write) return std::string(describe(write.error().code).name);
  return write->errors.empty() ? "" : "validation_failed";
}

std::vector<std::string> errors(const Sent& sent) {
  std::vector<std::string> all;
  const auto write = read(sent);
  for (const FieldError& error : write->errors) all.push_back(error.pointer + ' ' + error.code);
  return all;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("write head: an Idempotency-Key is one value of 1 to 255 visible characters, and of POST alone", "[http]") {
  const auto with = [](std::vector<std::string> keys, Method method = Method::kPost, const char* path = "/api/notes") {
    Sent sent{method, path, {}, R"({"id":"a","email":"a@b"})"};
    for (std::string& key : keys) sent.headers.push_back({"idempotency-key", std::move(key)});
    return refusal(sent);
  };
  CHECK(with({"0193585a-7c00-7000-8000-000000000001"}) == "");
  CHECK(with({"!~\"{}"}) == "");
  CHECK(with({std::string(255, 'k')}) == "");
  CHECK(with({std::string(256, 'k')}) == "bad_request");
  CHECK(with({""}) == "bad_request");
  CHECK(with({"a b"}) == "bad_request");
  CHECK(with({"\xc3\xa9"}) == "bad_request");
  CHECK(with({"a", "b"}) == "bad_request");
  CHECK(with({"a", "a"}) == "bad_request");
  CHECK(with({""}, Method::kPut, "/api/notes/a") == "");
  CHECK_FALSE(read({Method::kPut, "/api/notes/a", {{"Idempotency-Key", "k"}}})->plan.idempotency);
}

TEST_CASE("write body: the fingerprint tells method, target and body apart", "[http]") {
  const auto fingerprint = [](const char* path, const char* body) {
    const auto write = read({Method::kPost, path, {{"Idempotency-Key", "k"}}, body});
    REQUIRE(write->plan.idempotency);
    CHECK(write->plan.idempotency->key == "k");
    return write->plan.idempotency->fingerprint;
  };
  const std::string one = fingerprint("/api/notes", "{}");
  CHECK(one.size() == 22);  // 128 bits
  CHECK(one == fingerprint("/api/notes", "{}"));
  CHECK(one != fingerprint("/api/notes", "{ }"));
  CHECK(one != fingerprint("/api/notes?", "{}"));
  CHECK(one != fingerprint("/api/numbers", "{}"));
}

TEST_CASE("write head: PUT with If-None-Match: * creates under the id of the URL, save where the server counts the ids", "[http]") {
  const std::vector<Header> missing{{"If-None-Match", "*"}};
  const auto write = read({Method::kPut, "/api/notes/a", missing});
  REQUIRE(write.has_value());
  CHECK(write->errors.empty());
  CHECK(write->plan.kind == WritePlan::Kind::kCreate);
  CHECK(write->plan.only_if_missing);
  CHECK(write->plan.id == testing::text("a"));
  CHECK_FALSE(write->plan.if_none_match);

  CHECK(refusal({Method::kPut, "/api/numbers/1", missing, "{}"}) == "bad_request");
  CHECK(refusal({Method::kPut, "/api/numbers/one", missing, "{}"}) == "invalid_id");
  // The database decides: 404 for no record, 412 for one.
  const auto both = read({Method::kPut, "/api/notes/a", {{"If-None-Match", "*"}, {"If-Match", "*"}}});
  CHECK(both->plan.kind == WritePlan::Kind::kReplace);
  CHECK(both->plan.if_none_match->any);
  CHECK(both->plan.if_match->any);
  CHECK(read({Method::kPut, "/api/notes/a", {{"If-None-Match", "\"x\""}}})->plan.kind == WritePlan::Kind::kReplace);
}

TEST_CASE("write body: a record made by PUT has the id of the URL and nothing that the server keeps", "[http]") {
  const auto put = [](const char* body) { return errors({Method::kPut, "/api/notes/a", {{"If-None-Match", "*"}}, body}); };
  CHECK(put(R"({"id":"a","email":"a@b"})") == Texts{});
  CHECK(put(R"({"id":"b","size":"x"})") == Texts{"/id read_only", "/email required", "/size type"});
  CHECK(put(R"({"email":"a@b","createdAt":"2026-01-01T00:00:00Z"})") == Texts{"/createdAt read_only"});
}

TEST_CASE("write body: an upsert is read as a create and as a patch", "[http]") {
  const auto write = read({Method::kPost, "/api/notes", {}, R"({"id":"a","email":"a@b","size":null})", "email"});
  REQUIRE(write.has_value());
  CHECK(write->errors.empty());
  const Model& notes = *catalog().find("notes");
  const WritePlan& plan = write->plan;
  REQUIRE(plan.upsert);
  CHECK(plan.upsert->key == std::vector<std::size_t>{notes.ordinal("email").value()});
  CHECK(plan.values[notes.ordinal("name").value()] == testing::text("x"));
  CHECK(plan.upsert->values[notes.ordinal("name").value()].is_absent());
  CHECK(plan.upsert->values[notes.ordinal("size").value()] == Value(Null{}));
  REQUIRE(plan.upsert->claims.size() == 1);  // the id: the record that is met must have it
  CHECK(plan.upsert->claims[0].field == 0);
  CHECK(plan.id == testing::text("a"));
}

TEST_CASE("write body: an upsert needs a value for each member of its key, said beside every other failure", "[http]") {
  const auto post = [](const char* body, const char* key) { return errors({Method::kPost, "/api/notes", {}, body, key}); };
  CHECK(post(R"({"id":"a","email":"a@b"})", "size") == Texts{"/size required"});
  CHECK(post(R"({"id":"a","email":"a@b","size":null})", "size") == Texts{"/size required"});
  CHECK(post(R"({"id":"a","email":"a@b","other":1})", "size") == Texts{"/size required", "/other unknown_field"});
  CHECK(post(R"({"id":"a"})", "email") == Texts{"/email required"});
  CHECK(post(R"({"id":"a","email":null})", "email") == Texts{"/email required"});
  CHECK(post(R"({"id":"a","email":7})", "email") == Texts{"/email type"});
  CHECK(post("[]", "email") == Texts{" type"});
}

TEST_CASE("write head: POST takes no precondition, with or without onConflict", "[http]") {
  for (const char* header : {"If-Match", "If-None-Match"}) {
    CHECK(refusal({Method::kPost, "/api/notes", {{header, "*"}}}) == "bad_request");
    CHECK(refusal({Method::kPost, "/api/notes", {{header, "*"}}, "{}", "email"}) == "bad_request");
  }
}

// provokes: precondition_required
TEST_CASE("write head: what a collection with requireIfMatch changes needs If-Match, and is told so last", "[http]") {
  const char* record = "/api/guarded/a";
  CHECK(refusal({Method::kPost, "/api/guarded", {}, R"({"id":"a"})"}) == "");
  CHECK(refusal({Method::kPost, "/api/guarded", {}, R"({"id":"a","name":"b"})", "name"}) == "precondition_required");
  for (const Method method : {Method::kPut, Method::kPatch, Method::kDelete}) {
    CHECK(refusal({method, record, {}, ""}) == "precondition_required");
    CHECK(refusal({method, record, {{"If-None-Match", "\"x\""}}, ""}) == "precondition_required");
    CHECK(refusal({method, record, {{"If-Match", "x"}}, ""}) == "bad_request");
    CHECK(refusal({method, "/api/guarded/count%20", {}, ""}) == "invalid_id");
  }
  CHECK(refusal({Method::kDelete, record, {{"If-Match", "\"1-a\""}}, ""}) == "");
  CHECK(refusal({Method::kPatch, record, {{"If-Match", "\"1-a\""}}, "{}"}) == "");
  CHECK(refusal({Method::kPut, record, {{"If-None-Match", "*"}}, "{}"}) == "");
  CHECK(refusal({Method::kPut, record, {{"Content-Type", "text/plain"}}, "{}"}) == "unsupported_media_type");
}
