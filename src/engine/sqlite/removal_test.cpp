// Removal: what goes with a record, what lets go of it, and what forbids it.

#include "engine/sqlite/testing_database.h"

using namespace holdfast;
using namespace holdfast::sqlite::testing;

namespace {

constexpr const char* kPlain = "type: object\nid: text\nproperties:\n  name: { type: string, maxLength: 50 }\n";
const std::string kText = "type: string, maxLength: 100";

// A collection of two fields.
std::string pair_of(const std::string& first, const std::string& second = kText) {
  return "type: object\nid: text\ntimestamps: true\nproperties:\n  first: { " + first + " }\n  second: { " + second + " }\n";
}

// Two fields of `links` refer to `nodes`.
Catalog links(const std::string& first, const std::string& second) {
  const std::string reference = "ref: nodes, onDelete: ";
  return catalog_of({{"nodes", kPlain}, {"links", pair_of(reference + first, reference + second)}});
}

std::vector<WritePlan> many(const TestDatabase& db, const std::string& collection, std::size_t count, const Values& values) {
  std::vector<WritePlan> plans;
  for (std::size_t i = 0; i < count; ++i) plans.push_back(db.create(collection, "many" + std::to_string(i), values));
  return plans;
}

// The writer takes 8,192 at a time.
void fill_many(TestDatabase& db, const std::string& collection, std::size_t count, const Values& values) {
  std::vector<WritePlan> plans = many(db, collection, count, values);
  for (std::size_t start = 0; start < plans.size(); start += 4000) {
    db.fill({plans.begin() + static_cast<std::ptrdiff_t>(start),
             plans.begin() + static_cast<std::ptrdiff_t>(std::min(start + 4000, plans.size()))});
  }
}

}  // namespace

TEST_CASE("sqlite removal: restrict counts each record once and changes nothing", "[engine]") {
  TestDatabase db(links("restrict", "restrict"));
  db.fill({db.create("nodes", "a"), db.create("nodes", "b"), db.create("links", "both", {{"first", text("a")}, {"second", text("a")}}),
           db.create("links", "one", {{"second", text("a")}}), db.create("links", "other", {{"first", text("b")}})});
  const Error error = refusal(db.write(db.remove("nodes", "a")), Code::kReferenceViolation);
  CHECK(error.collection == "links");
  CHECK(error.count == 2);
  CHECK(error.fields.empty());
  CHECK(db.has("nodes", "a"));
  CHECK(db.find("links", "one")->revision == 1);
  db.fill({db.remove("links", "both"), db.remove("links", "one"), db.remove("nodes", "a")});
  CHECK_FALSE(db.has("nodes", "a"));
}

TEST_CASE("sqlite removal: of several collections that restrict it the first by name is named", "[engine]") {
  TestDatabase db(catalog_of({{"nodes", kPlain},
                              {"zebras", pair_of("ref: nodes")},
                              {"apes", pair_of("ref: nodes, onDelete: setNull")},
                              {"bees", pair_of(kText, "ref: nodes")}}));
  db.fill({db.create("nodes", "a"), db.create("zebras", "z", {{"first", text("a")}}), db.create("apes", "m", {{"first", text("a")}}),
           db.create("bees", "b1", {{"second", text("a")}}), db.create("bees", "b2", {{"second", text("a")}})});
  const Error error = refusal(db.write(db.remove("nodes", "a")), Code::kReferenceViolation);
  CHECK(error.collection == "bees");
  CHECK(error.count == 2);
  CHECK(db.find("apes", "m")->values[1] == text("a"));
}

TEST_CASE("sqlite removal: setNull is an ordinary write of the record that stays, once for all its references", "[engine]") {
  TestDatabase db(links("setNull", "setNull"));
  db.fill({db.create("nodes", "a"), db.create("nodes", "b"), db.create("links", "both", {{"first", text("a")}, {"second", text("a")}}),
           db.create("links", "mixed", {{"first", text("b")}, {"second", text("a")}}), db.create("links", "none", {{"first", text("b")}})});
  db.clock.time += 1000;
  REQUIRE(db.write(db.remove("nodes", "a")).has_value());
  const Model& model = db.model("links");
  const Record both = *db.find("links", "both"), mixed = *db.find("links", "mixed"), none = *db.find("links", "none");
  CHECK((both.values[1].is_null() && both.values[2].is_null()));
  CHECK(both.revision == 2);
  CHECK(both.values[model.updated_at()] == integer(db.clock.time));
  CHECK(both.values[model.created_at()] == integer(db.clock.time - 1000));
  CHECK(mixed.values[1] == text("b"));
  CHECK(mixed.values[2].is_null());
  CHECK(none.revision == 1);
  CHECK(none.values[model.updated_at()] == integer(db.clock.time - 1000));
}

TEST_CASE("sqlite removal: cascade takes what refers, and what refers to that", "[engine]") {
  TestDatabase db(catalog_of({{"users", kPlain},
                              {"orders", pair_of("ref: users, onDelete: cascade")},
                              {"lines", pair_of("ref: orders, onDelete: cascade")},
                              {"notes", pair_of("ref: lines, onDelete: setNull")}}));
  db.fill({db.create("users", "ann"), db.create("users", "bob"), db.create("orders", "o1", {{"first", text("ann")}}),
           db.create("orders", "o2", {{"first", text("bob")}}), db.create("lines", "l1", {{"first", text("o1")}}),
           db.create("lines", "l2", {{"first", text("o2")}}), db.create("notes", "n1", {{"first", text("l1")}}),
           db.create("notes", "n2", {{"first", text("l2")}})});
  const Result<Written> removed = db.write(db.remove("users", "ann"));
  REQUIRE(removed.has_value());
  CHECK(removed->before->values[0] == text("ann"));
  CHECK_FALSE(removed->after.has_value());
  CHECK_FALSE(db.has("orders", "o1"));
  CHECK_FALSE(db.has("lines", "l1"));
  CHECK(db.find("notes", "n1")->values[1].is_null());
  CHECK((db.has("users", "bob") && db.has("orders", "o2") && db.has("lines", "l2")));
  CHECK(db.find("notes", "n2")->values[1] == text("l2"));
}

TEST_CASE("sqlite removal: what goes by one reference restricts by no other", "[engine]") {
  TestDatabase db(links("cascade", "restrict"));
  db.fill({db.create("nodes", "a"), db.create("nodes", "b"), db.create("links", "both", {{"first", text("a")}, {"second", text("a")}}),
           db.create("links", "mixed", {{"first", text("b")}, {"second", text("a")}})});
  CHECK(refusal(db.write(db.remove("nodes", "a")), Code::kReferenceViolation).count == 1);
  CHECK((db.has("links", "both") && db.has("links", "mixed")));
  db.fill({db.remove("links", "mixed"), db.remove("nodes", "a")});
  CHECK(db.count("links") == 0);
}

TEST_CASE("sqlite removal: a diamond is walked once", "[engine]") {
  TestDatabase db(catalog_of({{"tops", kPlain},
                              {"lefts", pair_of("ref: tops, onDelete: cascade")},
                              {"rights", pair_of("ref: tops, onDelete: cascade")},
                              {"ends", pair_of("ref: lefts, onDelete: cascade", "ref: rights, onDelete: restrict")}}));
  db.fill({db.create("tops", "t"), db.create("lefts", "l", {{"first", text("t")}}), db.create("rights", "r", {{"first", text("t")}}),
           db.create("ends", "e", {{"first", text("l")}, {"second", text("r")}})});
  REQUIRE(db.write(db.remove("tops", "t")).has_value());
  for (const char* collection : {"tops", "lefts", "rights", "ends"}) CHECK(db.count(collection) == 0);
}

TEST_CASE("sqlite removal: records that refer to themselves and in circles go together", "[engine]") {
  const std::string second = GENERATE("cascade", "restrict", "setNull");
  TestDatabase db(catalog_of({{"nodes", pair_of("ref: nodes, onDelete: cascade", "ref: nodes, onDelete: " + second)}}));
  db.fill({db.create("nodes", "self", {{"first", text("self")}, {"second", text("self")}}), db.create("nodes", "a"),
           db.create("nodes", "b", {{"first", text("a")}}), db.create("nodes", "c", {{"first", text("b")}}),
           db.patch("nodes", "a", {{"first", text("c")}, {"second", text("b")}}), db.create("nodes", "bystander")});
  REQUIRE(db.write(db.remove("nodes", "self")).has_value());
  CHECK(db.count("nodes") == 4);
  REQUIRE(db.write(db.remove("nodes", "b")).has_value());
  CHECK(db.count("nodes") == 1);
  CHECK(db.has("nodes", "bystander"));
}

TEST_CASE("sqlite removal: 404, then references, then preconditions", "[engine]") {
  TestDatabase db(links("restrict", "cascade"));
  db.fill({db.create("nodes", "a"), db.create("links", "one", {{"first", text("a")}})});
  WritePlan plan = db.remove("nodes", "a");
  plan.if_match = EntityTags{false, {"\"0-00000000\""}};
  WritePlan nobody = plan;
  nobody.id = text("nobody");
  refusal(db.write(nobody), Code::kNotFound);
  refusal(db.write(plan), Code::kReferenceViolation);
  REQUIRE(db.write(db.patch("links", "one", {{"first", Value(Null{})}, {"second", text("a")}})).has_value());
  refusal(db.write(plan), Code::kPreconditionFailed);
  CHECK((db.has("nodes", "a") && db.has("links", "one")));
}

TEST_CASE("sqlite removal: a cascade of 10,000 records is done, one of 10,001 is refused with their number", "[engine]") {
  TestDatabase db(links("cascade", "setNull"));
  db.made("nodes", "a");
  fill_many(db, "links", 10'000, {{"first", text("a")}});
  db.made("links", "last", {{"first", text("a")}});
  const Error error = refusal(db.write(db.remove("nodes", "a")), Code::kReferenceViolation);
  CHECK(error.collection == "links");
  CHECK(error.count == 10'001);
  CHECK(db.count("links") == 10'001);
  db.fill({db.remove("links", "last"), db.remove("nodes", "a")});
  CHECK(db.count("links") == 0);
  CHECK(db.count("nodes") == 0);
}

TEST_CASE("sqlite removal: those that lose a reference count too, and all of a step are counted", "[engine]") {
  TestDatabase db(links("cascade", "setNull"));
  db.made("nodes", "a");
  fill_many(db, "links", 10'000, {{"second", text("a")}});
  db.fill(
      {db.create("links", "gone1", {{"first", text("a")}, {"second", text("a")}}), db.create("links", "gone2", {{"first", text("a")}})});
  const Error error = refusal(db.write(db.remove("nodes", "a")), Code::kReferenceViolation);
  CHECK(error.collection == "links");
  CHECK(error.count == 10'002);
  CHECK(db.find("links", "many7")->revision == 1);
  db.fill({db.remove("links", "gone1"), db.remove("links", "gone2"), db.remove("nodes", "a")});
  CHECK(db.count("links") == 10'000);
  CHECK(db.find("links", "many7")->revision == 2);
}

TEST_CASE("sqlite removal: one that is refused in a group leaves its neighbours", "[engine]") {
  TestDatabase db(links("cascade", "restrict"));
  db.fill({db.create("nodes", "a"), db.create("nodes", "b"), db.create("links", "a1", {{"first", text("a")}}),
           db.create("links", "b1", {{"first", text("b")}}), db.create("links", "b2", {{"second", text("b")}})});
  const auto answers = db.write_all({db.create("nodes", "c"), db.remove("nodes", "b"), db.remove("nodes", "a"), db.create("nodes", "d")});
  refusal(answers[1], Code::kReferenceViolation);
  for (const std::size_t kept : {0, 2, 3}) CHECK(answers[kept].has_value());
  CHECK((db.has("nodes", "b") && db.has("links", "b1") && db.has("links", "b2")));
  CHECK_FALSE((db.has("nodes", "a") || db.has("links", "a1")));
  CHECK((db.has("nodes", "c") && db.has("nodes", "d")));
}

TEST_CASE("sqlite removal: when the disk is full in the middle of a cascade, nothing of it has happened", "[engine]") {
  TestDatabase db(links("cascade", "setNull"));
  db.made("nodes", "a");
  fill_many(db, "links", 500, {{"first", text("a")}});
  db.fill({db.create("links", "left", {{"second", text("a")}})});
  db.close();
  REQUIRE(db.other().run("create table history (text blob); create trigger keep after delete on links begin "
                         "insert into history values (zeroblob(4000)); end") == SQLITE_OK);
  db.options.max_page_count = static_cast<int>(db.other().answer("pragma page_count")) + 100;
  db.open();
  refusal(db.write(db.remove("nodes", "a")), Code::kStorageFull);
  CHECK(db.has("nodes", "a"));
  CHECK(db.count("links") == 501);
  CHECK(db.find("links", "left")->revision == 1);
  CHECK(db.other().answer("select count(*) from history") == 0);
  db.close();
  db.options.max_page_count.reset();
  db.open();
  REQUIRE(db.write(db.remove("nodes", "a")).has_value());
  CHECK(db.count("links") == 1);
  CHECK(db.find("links", "left")->revision == 2);
}
