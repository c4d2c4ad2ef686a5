// References: what they point at must be there, for Holdfast and for every other program on the file; and what a removal does to them.

#include <catch2/catch.hpp>

#include "engine/sqlite/dialect.h"
#include "engine/sqlite/schema_text.h"
#include "engine/sqlite/testing/opened_file.h"

using namespace holdfast;
using namespace holdfast::testing;
using Catch::Contains;
using Fields = std::vector<std::string>;

namespace {

constexpr const char* kUsers = "type: object\nid: text\nproperties:\n  name: { type: string, maxLength: 50 }\n";
constexpr const char* kTasks = R"(
type: object
id: text
properties:
  owner:    { ref: users }
  reviewer: { ref: users }
  parent:   { ref: tasks }
  code:     { type: string, maxLength: 20, unique: true }
)";

Catalog tasks() {
  return catalog_of({{"users", kUsers}, {"tasks", kTasks}});
}

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

std::vector<WritePlan> many(const Opened& db, const std::string& collection, std::size_t count, const Values& values) {
  std::vector<WritePlan> plans;
  for (std::size_t i = 0; i < count; ++i) plans.push_back(db.create(collection, "many" + std::to_string(i), values));
  return plans;
}

// The writer takes 8,192 at a time.
void fill_many(Opened& db, const std::string& collection, std::size_t count, const Values& values) {
  std::vector<WritePlan> plans = many(db, collection, count, values);
  for (std::size_t start = 0; start < plans.size(); start += 4000) {
    db.fill({plans.begin() + static_cast<std::ptrdiff_t>(start),
             plans.begin() + static_cast<std::ptrdiff_t>(std::min(start + 4000, plans.size()))});
  }
}

}  // namespace

TEST_CASE("sqlite ddl: a reference is a foreign key that leaves all action to Holdfast", "[engine]") {
  const Catalog catalog = tasks();
  const Model& model = *catalog.find("tasks");
  const sql::TableDefinition table = sql::with_foreign_keys(sql::define_table(sqlite::kDialect, model), model, catalog);
  CHECK(sqlite::create_table_text(model, table) == R"(create table "tasks" (
  "_row" INTEGER PRIMARY KEY,
  "id" TEXT not null unique,
  "_rev" INTEGER not null default 0,
  "owner" TEXT references "users" ("id"),
  "reviewer" TEXT references "users" ("id"),
  "parent" TEXT references "tasks" ("id"),
  "code" TEXT
) strict)");
  CHECK(sqlite::add_column_text(model, table.columns[2]) == R"(alter table "tasks" add column "owner" TEXT references "users" ("id"))");
}

TEST_CASE("sqlite references: every missing target is named, in model order, and nothing is written", "[engine]") {
  Opened db(tasks());
  db.fill({db.create("users", "ann")});
  const Error error =
      refusal(db.write(db.create("tasks", "t1", {{"parent", text("t0")}, {"reviewer", text("ann")}, {"owner", text("bob")}})),
              Code::kReferenceViolation);
  CHECK(error.fields == Fields{"owner", "parent"});
  CHECK(error.collection.empty());
  CHECK_FALSE(error.count.has_value());
  CHECK_THAT(error.detail, Contains("users") && Contains("bob") && Contains("tasks") && Contains("t0"));
  CHECK(db.count("tasks") == 0);
}

TEST_CASE("sqlite references: a target that is there, null, and the record itself are admitted", "[engine]") {
  Opened db(tasks());
  db.fill({db.create("users", "ann")});
  db.fill({db.create("tasks", "t1", {{"owner", text("ann")}})});
  db.fill({db.create("tasks", "own", {{"parent", text("own")}})});
  CHECK(db.find("tasks", "t1")->values[1] == text("ann"));
  CHECK(db.find("tasks", "own")->values[3] == text("own"));
  CHECK(db.write(db.patch("tasks", "t1", {{"owner", Value(Null{})}, {"parent", text("t1")}})).has_value());
}

TEST_CASE("sqlite references: a change to a missing target is refused, one that stays is not looked at again", "[engine]") {
  Opened db(tasks());
  db.fill({db.create("users", "ann"), db.create("tasks", "t1", {{"owner", text("ann")}})});
  CHECK(refusal(db.write(db.patch("tasks", "t1", {{"owner", text("bob")}})), Code::kReferenceViolation).fields == Fields{"owner"});
  CHECK(db.find("tasks", "t1")->values[1] == text("ann"));

  REQUIRE(db.other().run("pragma foreign_keys = off; delete from users") == SQLITE_OK);
  CHECK(db.write(db.patch("tasks", "t1", {{"owner", text("ann")}, {"code", text("c1")}})).has_value());
  CHECK(refusal(db.write(db.patch("tasks", "t1", {{"reviewer", text("ann")}})), Code::kReferenceViolation).fields == Fields{"reviewer"});
}

TEST_CASE("sqlite references: 404, then 422, then references, then preconditions, then unique keys", "[engine]") {
  Opened db(tasks());
  db.fill({db.create("tasks", "t1", {{"code", text("taken")}}), db.create("tasks", "t2")});
  WritePlan plan = db.patch("tasks", "t2", {{"code", text("taken")}, {"owner", text("bob")}});
  plan.claims.push_back({0, text("t3")});
  plan.if_match = EntityTags{false, {"\"0-00000000\""}};
  WritePlan nobody = plan;
  nobody.id = text("t9");
  refusal(db.write(nobody), Code::kNotFound);
  refusal(db.write(plan), Code::kValidationFailed);
  plan.claims.clear();
  refusal(db.write(plan), Code::kReferenceViolation);
  plan.values[1] = Value(Null{});
  refusal(db.write(plan), Code::kPreconditionFailed);
  plan.if_match.reset();
  CHECK(refusal(db.write(plan), Code::kUniqueViolation).fields == Fields{"code"});
  CHECK(db.find("tasks", "t2")->revision == 1);
}

TEST_CASE("sqlite references: of writes in one group each sees what those before it did", "[engine]") {
  Opened db(tasks());
  db.fill({db.create("users", "ann")});
  const auto answers = db.write_all({db.create("users", "bob"), db.create("tasks", "t1", {{"owner", text("bob")}}),
                                     db.remove("users", "ann"), db.create("tasks", "t2", {{"owner", text("ann")}}),
                                     db.create("tasks", "t3"), db.remove("users", "bob"), db.create("tasks", "t4")});
  for (const std::size_t kept : {0, 1, 2, 4, 6}) CHECK(answers[kept].has_value());
  refusal(answers[3], Code::kReferenceViolation);
  refusal(answers[5], Code::kReferenceViolation);
  CHECK(db.has("users", "bob"));
  CHECK(db.count("tasks") == 3);
}

TEST_CASE("sqlite references: an integer id is a target as any other", "[engine]") {
  constexpr const char* kNumbers = "type: object\nid: integer\nproperties:\n  size: { type: integer }\n";
  constexpr const char* kLines = "type: object\nid: text\nproperties:\n  number: { ref: numbers, onDelete: cascade }\n";
  Opened db(catalog_of({{"numbers", kNumbers}, {"lines", kLines}}));
  const Value id = db.write(create_plan(db.model("numbers"), Value(), {}))->after->values[0];
  db.fill({db.create("lines", "l1", {{"number", id}})});
  refusal(db.write(db.create("lines", "l2", {{"number", integer(77)}})), Code::kReferenceViolation);
  WritePlan removal = db.remove("numbers", "");
  removal.id = id;
  CHECK(db.write(removal).has_value());
  CHECK(db.count("lines") == 0);
}

TEST_CASE("sqlite references: the database refuses what other programs do to them", "[engine]") {
  Opened db(tasks());
  db.fill({db.create("users", "ann"), db.create("tasks", "t1", {{"owner", text("ann")}})});
  const OtherProgram other = db.other();
  REQUIRE(other.run("pragma foreign_keys = on") == SQLITE_OK);
  CHECK(other.run("delete from users where id = 'ann'") == SQLITE_CONSTRAINT);
  CHECK(other.run("update tasks set reviewer = 'nobody'") == SQLITE_CONSTRAINT);
  CHECK(other.run("update tasks set reviewer = 'ann'") == SQLITE_OK);
  CHECK(db.has("users", "ann"));
}

TEST_CASE("sqlite references: a column that is added gets its foreign key, a stored one without is taken", "[engine]") {
  const std::string owner = "type: object\nid: text\nproperties:\n  owner: { type: string, maxLength: 100 }\n";
  const auto keys = [](const Opened& db) { return db.other().answer("select count(*) from pragma_foreign_key_list('tasks')"); };
  Opened db(catalog_of({{"users", kUsers}, {"tasks", owner}}));
  CHECK(keys(db) == 0);
  db.fill({db.create("tasks", "dangling", {{"owner", text("nobody")}})});
  db.reopen(tasks());
  CHECK(keys(db) == 2);  // reviewer and parent
  CHECK(db.has("tasks", "dangling"));
  refusal(db.write(db.create("tasks", "t1", {{"owner", text("bob")}})), Code::kReferenceViolation);
  db.fill({db.create("users", "ann"), db.create("tasks", "t2", {{"owner", text("ann")}})});
  CHECK(refusal(db.write(db.remove("users", "ann")), Code::kReferenceViolation).collection == "tasks");
}

TEST_CASE("sqlite references: a foreign key that no model knows refuses its write alone", "[engine]") {
  const bool deferred = GENERATE(false, true);
  const bool has_references = GENERATE(false, true);
  Opened db(has_references ? tasks() : catalog_of({{"users", kUsers}}));
  db.fill({db.create("users", "ann"), db.create("users", "bob")});
  const std::string table = std::string("create table badges (owner text references users (id)") +
                            (deferred ? " deferrable initially deferred)" : ")") + "; insert into badges values ('ann')";
  REQUIRE(db.other().run(table.c_str()) == SQLITE_OK);
  const auto answers =
      db.write_all({db.create("users", "c"), db.remove("users", "ann"), db.remove("users", "bob"), db.create("users", "d")});
  CHECK_THAT(refusal(answers[1], Code::kReferenceViolation).detail, Contains("no model declares"));
  for (const std::size_t kept : {0, 2, 3}) CHECK(answers[kept].has_value());
  CHECK(db.has("users", "ann"));
  CHECK(db.count("users") == 3);
}

TEST_CASE("sqlite references: a stored foreign key that the model no longer has is told at the start", "[engine]") {
  const std::string other = "type: object\nid: text\nproperties:\n  owner: { ref: people }\n";
  const std::string none = "type: object\nid: text\nproperties:\n  owner: { type: string }\n";
  Opened db(tasks());
  db.close();
  CHECK_THROWS_WITH(db.reopen(catalog_of({{"people", kUsers}, {"users", kUsers}, {"tasks", other}})),
                    Contains("the column owner has a foreign key to users, the model refers to people"));
  CHECK_THROWS_WITH(db.reopen(catalog_of({{"users", kUsers}, {"tasks", none}})), Contains("the model has no reference there"));
}

TEST_CASE("sqlite removal: restrict counts each record once and changes nothing", "[engine]") {
  Opened db(links("restrict", "restrict"));
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
  Opened db(catalog_of({{"nodes", kPlain},
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
  Opened db(links("setNull", "setNull"));
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
  Opened db(catalog_of({{"users", kPlain},
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
  Opened db(links("cascade", "restrict"));
  db.fill({db.create("nodes", "a"), db.create("nodes", "b"), db.create("links", "both", {{"first", text("a")}, {"second", text("a")}}),
           db.create("links", "mixed", {{"first", text("b")}, {"second", text("a")}})});
  CHECK(refusal(db.write(db.remove("nodes", "a")), Code::kReferenceViolation).count == 1);
  CHECK((db.has("links", "both") && db.has("links", "mixed")));
  db.fill({db.remove("links", "mixed"), db.remove("nodes", "a")});
  CHECK(db.count("links") == 0);
}

TEST_CASE("sqlite removal: a diamond is walked once", "[engine]") {
  Opened db(catalog_of({{"tops", kPlain},
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
  Opened db(catalog_of({{"nodes", pair_of("ref: nodes, onDelete: cascade", "ref: nodes, onDelete: " + second)}}));
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
  Opened db(links("restrict", "cascade"));
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
  Opened db(links("cascade", "setNull"));
  db.fill({db.create("nodes", "a")});
  fill_many(db, "links", 10'000, {{"first", text("a")}});
  db.fill({db.create("links", "last", {{"first", text("a")}})});
  const Error error = refusal(db.write(db.remove("nodes", "a")), Code::kReferenceViolation);
  CHECK(error.collection == "links");
  CHECK(error.count == 10'001);
  CHECK(db.count("links") == 10'001);
  db.fill({db.remove("links", "last"), db.remove("nodes", "a")});
  CHECK(db.count("links") == 0);
  CHECK(db.count("nodes") == 0);
}

TEST_CASE("sqlite removal: those that lose a reference count too, and all of a step are counted", "[engine]") {
  Opened db(links("cascade", "setNull"));
  db.fill({db.create("nodes", "a")});
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
  Opened db(links("cascade", "restrict"));
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
  Opened db(links("cascade", "setNull"));
  db.fill({db.create("nodes", "a")});
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
