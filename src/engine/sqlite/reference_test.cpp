// References: what they point at must be there, for Holdfast and for every other program on the file.

#include "engine/sqlite/dialect.h"
#include "engine/sqlite/schema_text.h"
#include "engine/sqlite/testing_database.h"

using namespace holdfast;
using namespace holdfast::sqlite::testing;
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
  TestDatabase db(tasks());
  db.made("users", "ann");
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
  TestDatabase db(tasks());
  db.made("users", "ann");
  db.made("tasks", "t1", {{"owner", text("ann")}});
  db.made("tasks", "own", {{"parent", text("own")}});
  CHECK(db.find("tasks", "t1")->values[1] == text("ann"));
  CHECK(db.find("tasks", "own")->values[3] == text("own"));
  CHECK(db.write(db.patch("tasks", "t1", {{"owner", Value(Null{})}, {"parent", text("t1")}})).has_value());
}

TEST_CASE("sqlite references: a change to a missing target is refused, one that stays is not looked at again", "[engine]") {
  TestDatabase db(tasks());
  db.fill({db.create("users", "ann"), db.create("tasks", "t1", {{"owner", text("ann")}})});
  CHECK(refusal(db.write(db.patch("tasks", "t1", {{"owner", text("bob")}})), Code::kReferenceViolation).fields == Fields{"owner"});
  CHECK(db.find("tasks", "t1")->values[1] == text("ann"));

  REQUIRE(db.other().run("pragma foreign_keys = off; delete from users") == SQLITE_OK);
  CHECK(db.write(db.patch("tasks", "t1", {{"owner", text("ann")}, {"code", text("c1")}})).has_value());
  CHECK(refusal(db.write(db.patch("tasks", "t1", {{"reviewer", text("ann")}})), Code::kReferenceViolation).fields == Fields{"reviewer"});
}

TEST_CASE("sqlite references: 404, then 422, then references, then preconditions, then unique keys", "[engine]") {
  TestDatabase db(tasks());
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
  TestDatabase db(tasks());
  db.made("users", "ann");
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
  TestDatabase db(catalog_of({{"numbers", kNumbers}, {"lines", kLines}}));
  const Value id = db.write(create_plan(db.model("numbers"), Value(), {}))->after->values[0];
  db.made("lines", "l1", {{"number", id}});
  refusal(db.write(db.create("lines", "l2", {{"number", integer(77)}})), Code::kReferenceViolation);
  WritePlan removal = db.remove("numbers", "");
  removal.id = id;
  CHECK(db.write(removal).has_value());
  CHECK(db.count("lines") == 0);
}

TEST_CASE("sqlite references: the database refuses what other programs do to them", "[engine]") {
  TestDatabase db(tasks());
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
  const auto keys = [](const TestDatabase& db) { return db.other().answer("select count(*) from pragma_foreign_key_list('tasks')"); };
  TestDatabase db(catalog_of({{"users", kUsers}, {"tasks", owner}}));
  CHECK(keys(db) == 0);
  db.made("tasks", "dangling", {{"owner", text("nobody")}});
  db.reopen(tasks());
  CHECK(keys(db) == 2);  // reviewer and parent
  CHECK(db.has("tasks", "dangling"));
  refusal(db.write(db.create("tasks", "t1", {{"owner", text("bob")}})), Code::kReferenceViolation);
  db.fill({db.create("users", "ann"), db.create("tasks", "t2", {{"owner", text("ann")}})});
  CHECK(refusal(db.write(db.remove("users", "ann")), Code::kReferenceViolation).collection == "tasks");
}

TEST_CASE("sqlite references: an added reference with a default goes without a foreign key, which SQLite cannot add", "[engine]") {
  const std::string before = "type: object\nid: text\nproperties:\n  size: { type: integer }\n";
  TestDatabase db(catalog_of({{"users", kUsers}, {"tasks", before}}));
  db.fill({db.create("users", "ann"), db.create("tasks", "t1")});
  db.reopen(catalog_of({{"users", kUsers}, {"tasks", before + "  owner: { ref: users, default: ann }\n"}}));
  CHECK(db.find("tasks", "t1")->values[2] == text("ann"));
  CHECK(refusal(db.write(db.remove("users", "ann")), Code::kReferenceViolation).count == 1);
}

TEST_CASE("sqlite references: a foreign key that no model knows refuses its write alone", "[engine]") {
  const bool deferred = GENERATE(false, true);
  const bool has_references = GENERATE(false, true);
  TestDatabase db(has_references ? tasks() : catalog_of({{"users", kUsers}}));
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
