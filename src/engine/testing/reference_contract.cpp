#include <algorithm>
#include <catch2/catch.hpp>

#include "engine/testing/client.h"
#include "engine/testing/fixture.h"

namespace holdfast::testing {
namespace {

using Texts = std::vector<std::string>;

// `owners` are referred to in every way; `cats` and `dogs` to each other and to themselves.
Catalog households() {
  return catalog_of({{"owners", "type: object\nid: text\nproperties:\n  name: { type: string }\ntimestamps: true\n"},
                     {"bills", "type: object\nid: text\nproperties:\n  owner: { ref: owners }\n  second: { ref: owners }\n"},
                     {"cats", R"(
type: object
id: text
properties:
  owner:  { ref: owners, onDelete: cascade }
  mother: { ref: cats, onDelete: cascade }
  enemy:  { ref: dogs, onDelete: setNull }
  friend: { ref: dogs, onDelete: setNull }
timestamps: true
)"},
                     {"dogs", R"(
type: object
id: text
properties:
  owner: { ref: owners, onDelete: cascade }
  prey:  { ref: cats, onDelete: cascade }
)"},
                     {"vets", "type: object\nid: text\nproperties:\n  patient: { ref: cats }\n"}});
}

Error refused(const Result<Written>& written, Code code) {
  REQUIRE(written.has_error());
  CHECK(written.error().code == code);
  return written.error();
}

void made(const Result<Written>& written) {
  if (written.has_error()) INFO(written.error());
  REQUIRE(written.has_value());
  CHECK(written->created);
}

void check_missing_targets(const OpenEngine& open) {
  Client client(open, households());
  made(client.post("owners", "ann"));
  CHECK(refused(client.post("bills", "b1", {{"owner", R"("bob")"}, {"second", R"("cid")"}}), Code::kReferenceViolation).fields ==
        Texts{"owner", "second"});
  CHECK(client.count("bills") == 0);
  made(client.post("bills", "b1", {{"owner", R"("ann")"}}));
  CHECK(refused(client.patch("bills", "b1", {{"owner", R"("bob")"}}), Code::kReferenceViolation).fields == Texts{"owner"});
  CHECK(client.json("bills", "b1") == R"({"id":"b1","owner":"ann","second":null})");
  // "A reference may point at the record itself that the same write makes", and at nothing else that is not there.
  made(client.post("cats", "eve", {{"mother", R"("eve")"}}));
  CHECK(refused(client.post("cats", "kit", {{"mother", R"("kat")"}}), Code::kReferenceViolation).fields == Texts{"mother"});
}

void check_restrict(const OpenEngine& open) {
  Client client(open, households());
  made(client.post("owners", "ann"));
  for (const char* id : {"b1", "b2"}) made(client.post("bills", id, {{"owner", R"("ann")"}, {"second", R"("ann")"}}));
  made(client.post("cats", "tom", {{"owner", R"("ann")"}}));
  made(client.post("vets", "v1", {{"patient", R"("tom")"}}));
  // Of two collections that keep it, the first by name; a record that refers twice counts once. The cat, which would go with it, is
  // restricted too.
  Error error = refused(client.remove("owners", "ann"), Code::kReferenceViolation);
  CHECK(error.collection == "bills");
  CHECK(error.count == 2);
  for (const char* id : {"b1", "b2"}) REQUIRE(client.remove("bills", id).has_value());
  error = refused(client.remove("owners", "ann"), Code::kReferenceViolation);
  CHECK(error.collection == "vets");
  CHECK(error.count == 1);
  CHECK(client.count("cats") == 1);
  // 404, then 409, then 412.
  Step stale;
  stale.kind = Step::Kind::kRemove;
  stale.collection = "owners";
  stale.id = "ann";
  stale.if_match = "\"9-00000000\"";
  refused(client.write(stale), Code::kReferenceViolation);
  REQUIRE(client.remove("vets", "v1").has_value());
  refused(client.write(stale), Code::kPreconditionFailed);
  CHECK(client.count("cats") == 1);
  REQUIRE(client.remove("owners", "ann").has_value());
  CHECK(client.count("cats") == 0);
}

void check_cascades(const OpenEngine& open) {
  Client client(open, households());
  made(client.post("owners", "ann"));
  // A diamond (ann → eve and kit, eve → kit), a cycle (rex → kit → rex by setNull, rex goes by prey) and one that refers to itself.
  made(client.post("cats", "eve", {{"owner", R"("ann")"}, {"mother", R"("eve")"}}));
  made(client.post("cats", "kit", {{"owner", R"("ann")"}, {"mother", R"("eve")"}}));
  made(client.post("dogs", "rex", {{"prey", R"("kit")"}}));
  REQUIRE(client.patch("cats", "kit", {{"enemy", R"("rex")"}}).has_value());
  made(client.post("dogs", "max"));
  made(client.post("cats", "tom", {{"enemy", R"("rex")"}, {"friend", R"("max")"}}));
  client.time += 5'000;
  const Result<Written> removed = client.remove("owners", "ann");
  REQUIRE(removed.has_value());
  CHECK(removed->before->values[0] == text("ann"));
  CHECK_FALSE(removed->after.has_value());
  CHECK(client.count("owners") == 0);
  CHECK(client.walk("cats", "sortBy=id") == "tom");
  CHECK(client.walk("dogs", "sortBy=id") == "max");
  const std::optional<Record> tom = client.find("cats", "tom");
  REQUIRE(tom);
  CHECK(tom->revision == 2);
  CHECK(client.json("cats", "tom") ==
        R"({"id":"tom","owner":null,"mother":null,"enemy":null,"friend":"max","createdAt":"2023-11-14T22:13:20.000Z",)"
        R"("updatedAt":"2023-11-14T22:13:25.000Z"})");
}

// One that refers twice by setNull changes once; a cycle of cascades ends.
void check_cycles(const OpenEngine& open) {
  Client client(open, households());
  made(client.post("dogs", "rex"));
  made(client.post("cats", "tom", {{"enemy", R"("rex")"}, {"friend", R"("rex")"}}));
  REQUIRE(client.remove("dogs", "rex").has_value());
  CHECK(client.find("cats", "tom")->revision == 2);
  made(client.post("cats", "eve", {{"mother", R"("tom")"}}));
  REQUIRE(client.patch("cats", "tom", {{"mother", R"("eve")"}}).has_value());
  REQUIRE(client.remove("cats", "eve").has_value());
  CHECK(client.count("cats") == 0);
}

void create_cats(Client& client, std::int64_t count) {
  constexpr std::int64_t kTogether = 200;
  const Model& cats = *client.catalog().find("cats");
  for (std::int64_t first = 0; first < count; first += kTogether) {
    std::vector<WritePlan> plans;
    for (std::int64_t i = first; i < std::min(first + kTogether, count); ++i) {
      plans.push_back(create_plan(cats, text("cat-" + std::to_string(i)), {{"owner", text("ann")}}, client.time));
    }
    client.write_all(plans);
  }
}

}  // namespace

void check_references(const OpenEngine& open) {
  check_missing_targets(open);
  check_restrict(open);
  check_cascades(open);
  check_cycles(open);
}

void check_cascade_limit(const OpenEngine& open) {
  Client client(open, households());
  made(client.post("owners", "ann"));
  create_cats(client, kCascadeLimit);
  made(client.post("cats", "one-more", {{"owner", R"("ann")"}}));
  const Error error = refused(client.remove("owners", "ann"), Code::kReferenceViolation);
  CHECK(error.collection == "cats");
  CHECK(error.count == kCascadeLimit + 1);
  CHECK(client.count("cats") == kCascadeLimit + 1);
  REQUIRE(client.remove("cats", "one-more").has_value());
  REQUIRE(client.remove("owners", "ann").has_value());
  CHECK(client.count("cats") == 0);
}

}  // namespace holdfast::testing
