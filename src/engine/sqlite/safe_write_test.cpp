// Idempotency-Key, upsert, and creation only where nothing is: what makes a write safe to send again.

#include <catch2/catch.hpp>

#include "engine/sqlite/testing/opened_file.h"
#include "model/record_json.h"

using namespace holdfast;
using namespace holdfast::testing;
using Fields = std::vector<std::string>;

namespace {

constexpr const char* kSearched = "type: object\nid: text\nproperties:\n  name: { type: string }\nsearch: { fields: [name] }\n";
constexpr const char* kUsers = R"(
type: object
id: text
timestamps: true
properties:
  email: { type: string, maxLength: 50, unique: true }
  name:  { type: string, maxLength: 50, unique: true }
  size:  { type: integer }
  boss:  { ref: users }
)";

Catalog users() {
  return catalog_of({{"users", kUsers}, {"others", kUsers}});
}

WritePlan keyed(WritePlan plan, const std::string& key, const std::string& fingerprint = "f1") {
  plan.idempotency = Idempotency{key, fingerprint};
  return plan;
}

// A create that changes what has the same email instead.
WritePlan upsert(const Opened& db, const std::string& id, const Values& values) {
  WritePlan plan = db.create("users", id, values);
  plan.upsert = Upsert{{1}, db.patch("users", id, values).values, {}};
  return plan;
}

std::int64_t kept(const Opened& db) {
  return db.other().answer("select count(*) from _hf_idempotency");
}

}  // namespace

TEST_CASE("sqlite idempotency: a key that comes again gets its first answer, and nothing is written", "[engine]") {
  Opened db(users());
  const Result<Written> first = db.write(keyed(db.create("users", "ann", {{"email", text("a@x")}}), "k1"));
  REQUIRE(first.has_value());
  CHECK((first->created && !first->replayed));
  REQUIRE(db.write(db.patch("users", "ann", {{"size", integer(3)}})).has_value());

  const Result<Written> again = db.write(keyed(db.create("users", "bob", {{"email", text("a@x")}}), "k1"));
  REQUIRE(again.has_value());
  REQUIRE(again->replayed.has_value());
  CHECK((!again->after && !again->before && !again->changed && !again->created));
  CHECK(again->replayed->status == 201);
  CHECK(again->replayed->id == "ann");
  CHECK(again->replayed->revision == 1);
  std::string json;
  append_json(json, db.model("users"), *first->after);
  CHECK(again->replayed->json == json);
  CHECK_FALSE(db.has("users", "bob"));
}

TEST_CASE("sqlite idempotency: an integer id is kept as in a URL", "[engine]") {
  Opened db(catalog_of({{"numbers", "type: object\nid: integer\nproperties:\n  size: { type: integer }\n"}}));
  const WritePlan plan = keyed(create_plan(db.model("numbers"), Value(), {}), "k1");
  CHECK(db.write(plan)->after->values[0] == integer(1));
  CHECK(db.write(plan)->replayed->id == "1");
  CHECK(db.count("numbers") == 1);
}

TEST_CASE("sqlite idempotency: a key belongs to one request of one collection", "[engine]") {
  Opened db(users());
  db.fill({keyed(db.create("users", "ann"), "k1", std::string("f\0\xFF", 3))});
  refusal(db.write(keyed(db.create("users", "bob"), "k1", std::string("f\0\xFE", 3))), Code::kIdempotencyKeyReused);
  CHECK(db.write(keyed(db.create("users", "bob"), "k1", std::string("f\0\xFF", 3)))->replayed.has_value());
  CHECK(db.write(keyed(db.create("others", "bob"), "k1", "f2"))->created);
  CHECK(db.write(keyed(db.create("users", "bob"), "K1", "f2"))->created);
}

TEST_CASE("sqlite idempotency: a reused key is told before anything else that is wrong", "[engine]") {
  Opened db(users());
  db.fill({keyed(db.create("users", "ann", {{"email", text("a@x")}}), "k1")});
  refusal(db.write(keyed(db.create("users", "ann", {{"boss", text("nobody")}}), "k1", "f2")), Code::kIdempotencyKeyReused);
}

TEST_CASE("sqlite idempotency: a write that fails keeps no key", "[engine]") {
  Opened db(users());
  db.fill({db.create("users", "ann", {{"email", text("a@x")}})});
  refusal(db.write(keyed(db.create("users", "bob", {{"email", text("a@x")}}), "k1")), Code::kUniqueViolation);
  refusal(db.write(keyed(db.create("users", "bob", {{"boss", text("nobody")}}), "k1")), Code::kReferenceViolation);
  CHECK(kept(db) == 0);
  CHECK(db.write(keyed(db.create("users", "bob", {{"email", text("b@x")}}), "k1", "f2"))->created);
  CHECK(kept(db) == 1);
}

TEST_CASE("sqlite idempotency: keys outlive the process and the record", "[engine]") {
  Opened db(users());
  db.fill({keyed(db.create("users", "ann"), "k1"), db.remove("users", "ann")});
  db.close();
  db.open();
  CHECK(db.write(keyed(db.create("users", "ann"), "k1"))->replayed->id == "ann");
  CHECK(db.count("users") == 0);
}

TEST_CASE("sqlite idempotency: a key of 24 hours ago is a new one, also for another request", "[engine]") {
  Opened db(users());
  db.fill({keyed(db.create("users", "ann"), "k1")});
  db.clock.time += kIdempotencyLife - 1;
  CHECK(db.write(keyed(db.create("users", "bob"), "k1"))->replayed.has_value());
  db.clock.time += 1;
  CHECK(db.write(keyed(db.create("users", "bob"), "k1", "f2"))->created);
  CHECK(kept(db) == 1);
  db.clock.time += kIdempotencyLife - 1;
  CHECK(db.write(keyed(db.create("users", "cid"), "k1", "f2"))->replayed->id == "bob");
  db.clock.time += 1;
  refusal(db.write(keyed(db.create("users", "bob"), "k1", "f3")), Code::kUniqueViolation);
  CHECK(kept(db) == 1);  // the one that a failed write would have replaced
}

TEST_CASE("sqlite idempotency: old keys go a few at a time, young ones stay", "[engine]") {
  Opened db(users());
  for (int i = 0; i < 10; ++i) db.fill({keyed(db.create("users", "old" + std::to_string(i)), "old" + std::to_string(i))});
  db.clock.time += kIdempotencyLife / 2;
  db.fill({keyed(db.create("users", "young"), "young")});
  CHECK(kept(db) == 11);
  db.clock.time += kIdempotencyLife / 2;
  db.fill({keyed(db.create("users", "new0"), "new0")});
  CHECK((kept(db) < 12 && kept(db) > 2));
  for (int i = 1; i < 10; ++i) db.fill({keyed(db.create("users", "new" + std::to_string(i)), "new" + std::to_string(i))});
  CHECK(kept(db) == 11);
  CHECK(db.write(keyed(db.create("users", "young2"), "young"))->replayed.has_value());
}

// provokes: idempotency_in_progress
TEST_CASE("sqlite idempotency: while the first request with a key runs, every other is refused, from other loops too", "[engine]") {
  Opened db(users());
  asio::io_context other_loop(1);
  std::unique_ptr<Store> other_store = db.engine->attach(other_loop);
  std::vector<std::optional<Result<Written>>> answers(4);
  const auto send = [&](asio::io_context& loop, Store& store, WritePlan plan, std::size_t place) {
    asio::co_spawn(loop, store.write(std::move(plan)),
                   [&answers, place](std::exception_ptr, Result<Written> answer) { answers[place] = std::move(answer); });
    loop.restart();
    loop.poll();
  };
  const OtherProgram locking = db.other();
  REQUIRE(locking.run("begin immediate") == SQLITE_OK);  // so that the first is not answered
  send(db.loop, *db.store, keyed(db.create("users", "ann"), "k1"), 0);
  send(db.loop, *db.store, keyed(db.create("users", "ann"), "k1"), 1);
  send(other_loop, *other_store, keyed(db.create("users", "bob"), "k1", "f2"), 2);
  send(other_loop, *other_store, keyed(db.create("others", "bob"), "k1", "f2"), 3);
  REQUIRE(locking.run("rollback") == SQLITE_OK);
  for (asio::io_context* loop : {&db.loop, &other_loop}) {
    loop->restart();
    loop->run();
  }
  CHECK(answers[0]->value().created);
  refusal(*answers[1], Code::kIdempotencyInProgress);
  refusal(*answers[2], Code::kIdempotencyInProgress);
  CHECK(answers[3]->value().created);
  CHECK(db.write(keyed(db.create("users", "ann"), "k1"))->replayed.has_value());
  db.engine->close();
  other_store.reset();
}

TEST_CASE("sqlite idempotency: a request whose write failed may come again at once", "[engine]") {
  Opened db(users());
  db.fill({db.create("users", "ann")});
  for (int i = 0; i < 3; ++i) refusal(db.write(keyed(db.create("users", "ann"), "k1")), Code::kUniqueViolation);
}

TEST_CASE("sqlite upsert: makes what is not there, changes only what was sent of what is", "[engine]") {
  Opened db(users());
  const Result<Written> made = db.write(upsert(db, "ann", {{"email", text("a@x")}, {"name", text("Ann")}, {"size", integer(1)}}));
  REQUIRE(made.has_value());
  CHECK((made->created && made->after && !made->before));
  db.clock.time += 1000;
  const Result<Written> changed = db.write(upsert(db, "ann2", {{"email", text("a@x")}, {"size", integer(2)}}));
  REQUIRE(changed.has_value());
  CHECK_FALSE(changed->created);
  CHECK(changed->changed);
  CHECK(changed->before->values == made->after->values);
  CHECK(changed->after->values[0] == text("ann"));
  CHECK(changed->after->values[2] == text("Ann"));
  CHECK(changed->after->values[3] == integer(2));
  CHECK(changed->after->revision == 2);
  CHECK(db.count("users") == 1);
  const Result<Written> same = db.write(upsert(db, "ann3", {{"email", text("a@x")}, {"size", integer(2)}}));
  CHECK((same.has_value() && !same->changed && !same->created));
  CHECK(same->after->revision == 2);
}

TEST_CASE("sqlite upsert: other keys, references and claims are checked as in every write", "[engine]") {
  Opened db(users());
  db.fill(
      {db.create("users", "ann", {{"email", text("a@x")}}), db.create("users", "bob", {{"email", text("b@x")}, {"name", text("Bob")}})});
  const Values taken{{"email", text("a@x")}, {"name", text("Bob")}}, taken_too{{"email", text("c@x")}, {"name", text("Bob")}};
  CHECK(refusal(db.write(upsert(db, "new", taken)), Code::kUniqueViolation).fields == Fields{"name"});
  CHECK(refusal(db.write(upsert(db, "bob", taken_too)), Code::kUniqueViolation).fields == Fields{"id", "name"});
  CHECK(refusal(db.write(upsert(db, "new", {{"email", text("a@x")}, {"boss", text("no")}})), Code::kReferenceViolation).fields ==
        Fields{"boss"});
  CHECK(refusal(db.write(upsert(db, "new", {{"email", text("c@x")}, {"boss", text("no")}})), Code::kReferenceViolation).fields ==
        Fields{"boss"});
  WritePlan claiming = upsert(db, "new", {{"email", text("a@x")}});
  claiming.upsert->claims.push_back({0, text("another")});
  refusal(db.write(claiming), Code::kValidationFailed);
  CHECK(db.find("users", "ann")->revision == 1);
  CHECK(db.count("users") == 2);
}

TEST_CASE("sqlite upsert: the replay of a key says whether a record was made", "[engine]") {
  Opened db(users());
  const Values values{{"email", text("a@x")}};
  db.fill({keyed(upsert(db, "ann", values), "k1"), keyed(upsert(db, "bob", values), "k2")});
  CHECK(db.write(keyed(upsert(db, "cid", values), "k1"))->replayed->status == 201);
  const KeptAnswer second = *db.write(keyed(upsert(db, "cid", values), "k2"))->replayed;
  CHECK(second.status == 200);
  CHECK(second.id == "ann");
}

TEST_CASE("sqlite: what is made only where nothing is fails as a precondition when its id is taken", "[engine]") {
  Opened db(users());
  WritePlan plan = db.create("users", "ann", {{"name", text("Ann")}});
  plan.only_if_missing = true;
  CHECK(db.write(plan)->created);
  refusal(db.write(plan), Code::kPreconditionFailed);
  plan.values[4] = text("nobody");
  refusal(db.write(plan), Code::kReferenceViolation);  // which comes first
  plan.values[4] = Value(Null{});
  plan.id = text("bob");
  CHECK(refusal(db.write(plan), Code::kUniqueViolation).fields == Fields{"name"});
  CHECK(db.count("users") == 1);
}

TEST_CASE("sqlite groups: search data that cannot be written fails the writes that it is of, not their neighbours", "[engine]") {
  Opened db(catalog_of({{"users", kUsers}, {"notes", kSearched}}));
  REQUIRE(db.other().run("drop table _hf_notes__search") == SQLITE_OK);
  const auto answers = db.write_all({db.create("users", "a"), db.create("notes", "n", {{"name", text("vis")}}), db.create("users", "b")});
  CHECK(answers[0].has_value());
  CHECK(answers[1].has_error());
  CHECK(answers[2].has_value());
  CHECK(db.count("users") == 2);
  CHECK_FALSE(db.has("notes", "n"));
}

TEST_CASE("sqlite: every clashing key is named, the id first, whichever the database met", "[engine]") {
  Opened db(users());
  db.fill({db.create("users", "ann", {{"email", text("a@x")}}), db.create("users", "bob", {{"name", text("Bob")}})});
  const Values both{{"email", text("a@x")}, {"name", text("Bob")}};
  CHECK(refusal(db.write(db.create("users", "ann", both)), Code::kUniqueViolation).fields == Fields{"id", "email", "name"});
  CHECK(refusal(db.write(db.create("users", "cid", both)), Code::kUniqueViolation).fields == Fields{"email", "name"});
  CHECK(refusal(db.write(db.patch("users", "ann", both)), Code::kUniqueViolation).fields == Fields{"name"});
  refusal(db.write(db.patch("users", "nobody", both)), Code::kNotFound);  // nothing of the clash before is left
}
