#include <catch2/catch.hpp>

#include "engine/testing/client.h"
#include "engine/testing/fixture.h"

namespace holdfast::testing {
namespace {

using Members = Client::Members;
using Texts = std::vector<std::string>;

Catalog members_and_notes() {
  return catalog_of({{"members", R"(
type: object
id: text
properties:
  email:  { type: string, maxLength: 50, unique: true }
  team:   { type: string, maxLength: 50 }
  number: { type: integer }
  name:   { type: string }
  about:  { type: object, properties: { city: { type: string }, age: { type: integer } } }
  meta:   { type: object, additionalProperties: true }
timestamps: true
unique: [ [team, number] ]
)"},
                     {"notes", "type: object\nid: text\nproperties:\n  text: { type: string }\n"}});
}

Step post(const std::string& collection, Members members, const std::string& on_conflict = "", const std::string& key = "") {
  Step step;
  step.kind = Step::Kind::kCreate;
  step.collection = collection;
  step.members = std::move(members);
  if (!on_conflict.empty()) step.parameters.push_back({"onConflict", on_conflict});
  step.idempotency_key = key;
  return step;
}

Written done(const Result<Written>& written) {
  if (written.has_error()) FAIL(written.error());
  return *written;
}

void check_code(const Result<Written>& written, Code code) {
  REQUIRE(written.has_error());
  CHECK(written.error().code == code);
}

}  // namespace

void check_upserts(const OpenEngine& open) {
  Client client(open, members_and_notes());
  const Members first{
      {"id", R"("1")"}, {"email", R"("a@b")"}, {"name", R"("Ann")"}, {"about", R"({"city":"Lyon","age":7})"}, {"meta", R"({"a":1,"b":2})"}};
  const Written created = done(client.write(post("members", first, "email")));
  CHECK(created.created);
  CHECK(created.after->revision == 1);

  client.time += 1'000;
  const Members second{{"id", R"("1")"}, {"email", R"("a@b")"}, {"about", R"({"city":"Nice"})"}, {"meta", R"({"a":null,"c":3})"}};
  const Written changed = done(client.write(post("members", second, "email")));
  CHECK_FALSE(changed.created);
  CHECK(changed.changed);
  CHECK(changed.before->values == created.after->values);
  CHECK(changed.after->revision == 2);
  CHECK(client.json("members", "1") ==
        R"({"id":"1","email":"a@b","team":null,"number":null,"name":"Ann","about":{"city":"Nice","age":7},"meta":{"b":2,"c":3},)"
        R"("createdAt":"2023-11-14T22:13:20.000Z","updatedAt":"2023-11-14T22:13:21.000Z"})");

  const Written same = done(client.write(post("members", second, "email")));
  CHECK_FALSE(same.changed);
  CHECK(same.after->revision == 2);

  // The id of another record cannot be taken over; nor can another key.
  check_code(client.write(post("members", {{"id", R"("2")"}, {"email", R"("a@b")"}}, "email")), Code::kValidationFailed);
  done(client.post("members", "2", {{"email", R"("c@d")"}, {"team", R"("x")"}, {"number", "1"}}));
  const Result<Written> clash =
      client.write(post("members", {{"id", R"("1")"}, {"email", R"("a@b")"}, {"team", R"("x")"}, {"number", "1"}}, "email"));
  check_code(clash, Code::kUniqueViolation);
  CHECK(clash.error().fields == Texts{"team", "number"});
  CHECK(client.find("members", "1")->revision == 2);
  const Result<Written> both =
      client.write(post("members", {{"id", R"("2")"}, {"email", R"("a@b")"}, {"team", R"("y")"}, {"number", "1"}}, "team,number"));
  check_code(both, Code::kUniqueViolation);
  CHECK(both.error().fields == Texts{"id", "email"});
  const Written moved =
      done(client.write(post("members", {{"id", R"("2")"}, {"team", R"("x")"}, {"number", "1"}, {"name", R"("Bob")"}}, "team,number")));
  CHECK_FALSE(moved.created);
  CHECK(client.count("members") == 2);
}

void check_creation_by_put(const OpenEngine& open) {
  Client client(open, members_and_notes());
  Step put;
  put.kind = Step::Kind::kReplace;
  put.collection = "members";
  put.id = "7";
  put.if_none_match = "*";
  put.members = {{"id", R"("7")"}, {"email", R"("a@b")"}};
  const Written created = done(client.write(put));
  CHECK(created.created);
  CHECK_FALSE(created.before.has_value());
  CHECK(created.after->values[0] == text("7"));
  // An id that is taken is 412, and comes before a key that is.
  check_code(client.write(put), Code::kPreconditionFailed);
  put.id = "8";
  put.members = {{"email", R"("a@b")"}};
  const Result<Written> clash = client.write(put);
  check_code(clash, Code::kUniqueViolation);
  CHECK(clash.error().fields == Texts{"email"});
  CHECK(client.count("members") == 1);
}

void check_idempotency(const OpenEngine& open) {
  Client client(open, members_and_notes());
  const Members body{{"id", R"("1")"}, {"text", R"("first")"}};
  const Written first = done(client.write(post("notes", body, "", "key")));
  CHECK(first.created);
  CHECK_FALSE(first.replayed.has_value());

  // What happens to the record does not change the answer that was given.
  done(client.patch("notes", "1", {{"text", R"("changed")"}}));
  client.time += kIdempotencyLife - 1;
  const auto replay = [&] { return done(client.write(post("notes", body, "", "key"))); };
  Written again = replay();
  CHECK_FALSE(again.created);
  CHECK_FALSE(again.before.has_value());
  CHECK_FALSE(again.after.has_value());
  REQUIRE(again.replayed);
  CHECK(again.replayed->status == 201);
  CHECK(again.replayed->id == "1");
  CHECK(again.replayed->revision == 1);
  CHECK(again.replayed->json == R"({"id":"1","text":"first"})");
  CHECK(client.find("notes", "1")->revision == 2);

  check_code(client.write(post("notes", {{"id", R"("2")"}}, "", "key")), Code::kIdempotencyKeyReused);
  CHECK(client.count("notes") == 1);
  // A key belongs to its collection, and to its own case.
  CHECK(done(client.write(post("members", {{"id", R"("1")"}}, "", "key"))).created);
  CHECK(done(client.write(post("notes", {{"id", R"("3")"}}, "", "KEY"))).created);

  // A refusal is not kept; nor is an answer for longer than a day.
  check_code(client.write(post("notes", body, "", "other")), Code::kUniqueViolation);
  CHECK(done(client.write(post("notes", {{"id", R"("4")"}}, "", "other"))).created);
  REQUIRE(client.remove("notes", "1").has_value());
  CHECK(replay().replayed.has_value());
  client.time += 1;
  CHECK(done(client.write(post("notes", body, "", "key"))).created);
  CHECK(replay().replayed.has_value());

  // An upsert that changed a record is replayed as such.
  const Members member{{"id", R"("1")"}, {"email", R"("a@b")"}};
  done(client.patch("members", "1", {{"email", R"("a@b")"}}));
  const Members renamed{{"id", R"("1")"}, {"email", R"("a@b")"}, {"name", R"("Ann")"}};
  CHECK(done(client.write(post("members", renamed, "email", "upsert"))).changed);
  const Written replayed = done(client.write(post("members", renamed, "email", "upsert")));
  REQUIRE(replayed.replayed);
  CHECK(replayed.replayed->status == 200);
  CHECK(replayed.replayed->revision == 3);
  check_code(client.write(post("members", member, "email", "upsert")), Code::kIdempotencyKeyReused);
}

}  // namespace holdfast::testing
