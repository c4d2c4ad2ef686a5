// Writes that a trigger or a policy of the database keeps from being made: none is answered as done, or as of a record that is not there.

#include <catch2/catch.hpp>

#include "engine/postgres/testing/schema.h"
#include "engine/testing/database.h"

using namespace holdfast;
using namespace holdfast::testing;

namespace {

Catalog shop() {
  return catalog_of({{"users", "type: object\nid: text\nproperties:\n  name: { type: string, maxLength: 50 }\n"},
                     {"parts", "type: object\nid: text\nproperties:\n  owner: { ref: users, onDelete: cascade }\n"},
                     {"fans", "type: object\nid: text\nproperties:\n  idol: { ref: users, onDelete: setNull }\n"},
                     {"notes", "type: object\nid: text\nproperties:\n  text: { type: string, maxLength: 50, unique: true }\n"}});
}

// A schema of a role that is no superuser, so that policies bind it.
struct Tenancy : TestSchema {
  Tenancy() { TestSchema::run("create role " + name() + " login password 'sesame'; alter schema " + name() + " owner to " + name()); }
  ~Tenancy() { TestSchema::run("drop owned by " + name() + " cascade; drop role " + name()); }

  postgres::Options tenant_options() const {
    postgres::Options chosen = options();
    const std::size_t credentials = chosen.url.find("://") + 3;
    chosen.url.replace(credentials, chosen.url.find('@') - credentials, name() + ":sesame");
    return chosen;
  }
};

struct Opened : Tenancy, TestDatabase {
  Opened() : TestDatabase([this](const Catalog& models) { return postgres::open(tenant_options(), models, shared_clock); }, shop()) {
    fill({create("users", "ann", {{"name", text("Ann")}}), create("notes", "n", {{"text", text("first")}})});
    fill({create("parts", "p", {{"owner", text("ann")}}), create("fans", "f", {{"idol", text("ann")}})});
  }
  ~Opened() { close(); }

  // Before each `event` of a row of the table.
  void trigger(const std::string& table, const std::string& event, const std::string& body) {
    TestSchema::run("create function " + table + "_trigger() returns trigger language plpgsql as $$ begin " + body +
                    " end $$; create trigger others before " + event + " on " + table + " for each row execute function " + table +
                    "_trigger()");
  }
  // Rights of everybody on the notes, the owner included; `events`: a policy each, with its condition.
  void policies(const std::vector<std::string>& events) {
    TestSchema::run("alter table notes enable row level security; alter table notes force row level security");
    for (const std::string& event : events) {
      TestSchema::run("create policy p" + std::to_string(++policies_) + " on notes for " + event);
    }
  }
  std::string everything() {
    return TestSchema::answer(
        "select string_agg(line, ' ' order by line) from (select id || _rev as line from users union all select id || _rev || owner from "
        "parts union all select id || _rev || idol from fans union all select id || _rev || text from notes) x");
  }

  static inline const FixedClock shared_clock;

 private:
  int policies_ = 0;
};

WritePlan with_any_version(WritePlan plan) {
  plan.if_match = EntityTags{true, {}};
  return plan;
}

void check_prevented(const Result<Written>& written) {
  CHECK_THAT(refusal(written, Code::kInternal).detail, Catch::Contains("A trigger or a row level security policy"));
}

}  // namespace

TEST_CASE("postgres triggers: a removal that one swallows is refused, and what was to go with the record stays", "[postgres]") {
  Opened db;
  const std::string before = db.everything();
  db.trigger("users", "delete", "return null;");
  check_prevented(db.write(db.remove("users", "ann")));
  check_prevented(db.write(with_any_version(db.remove("users", "ann"))));
  CHECK(db.everything() == before);
  CHECK(refusal(db.write(db.remove("users", "bob")), Code::kNotFound).detail.find("bob") != std::string::npos);
}

TEST_CASE("postgres triggers: what one does in place of a removal is undone with it", "[postgres]") {
  Opened db;
  const std::string before = db.everything();
  db.trigger("notes", "delete", "update notes set text = 'gone' where id = old.id; return null;");
  check_prevented(db.write(db.remove("notes", "n")));
  check_prevented(db.write(with_any_version(db.remove("notes", "n"))));
  CHECK(db.everything() == before);
  CHECK(refusal(db.write(db.remove("notes", "other")), Code::kNotFound).detail.find("other") != std::string::npos);
}

TEST_CASE("postgres triggers: a removal is refused in the same words when one keeps what refers to the record", "[postgres]") {
  const bool cascades = GENERATE(true, false);
  Opened db;
  const std::string before = db.everything();
  if (cascades) db.trigger("parts", "delete", "return null;");
  if (!cascades) db.trigger("fans", "update", "return null;");
  check_prevented(db.write(db.remove("users", "ann")));
  CHECK(db.everything() == before);
}

TEST_CASE("postgres triggers: a create or a change that one swallows is refused at once, and not as a race that was lost", "[postgres]") {
  Opened db;
  const std::string before = db.everything();
  for (const char* table : {"notes", "parts", "users"}) db.trigger(table, "insert or update", "return null;");
  check_prevented(db.write(db.create("notes", "m")));
  check_prevented(db.write(db.patch("notes", "n", {{"text", text("second")}})));
  check_prevented(db.write(db.create("parts", "q", {{"owner", text("ann")}})));
  check_prevented(db.write(db.patch("parts", "p", {{"owner", Value(Null{})}})));
  CHECK(refusal(db.write(db.create("parts", "q", {{"owner", text("bob")}})), Code::kReferenceViolation).fields ==
        std::vector<std::string>{"owner"});
  WritePlan keyed = db.create("notes", "m");
  keyed.idempotency = Idempotency{"key", "print"};
  check_prevented(db.write(keyed));
  CHECK(db.everything() == before);
}

TEST_CASE("postgres policies: a record that may be read and not be changed is not called missing", "[postgres]") {
  Opened db;
  const std::string before = db.everything();
  db.policies({"select using (true)", "insert with check (true)", "update using (text <> 'first')", "delete using (text <> 'first')"});
  CHECK(db.has("notes", "n"));
  check_prevented(db.write(db.patch("notes", "n", {{"text", text("second")}})));
  check_prevented(db.write(db.remove("notes", "n")));
  check_prevented(db.write(with_any_version(db.remove("notes", "n"))));
  WritePlan upsert = db.create("notes", "m", {{"text", text("first")}});
  upsert.upsert.emplace();
  upsert.upsert->key = {1};
  upsert.upsert->values = {Value(), text("first")};
  check_prevented(db.write(upsert));
  refusal(db.write(db.patch("notes", "other", {{"text", text("second")}})), Code::kNotFound);
  refusal(db.write(db.remove("notes", "other")), Code::kNotFound);
  CHECK(db.everything() == before);
}

TEST_CASE("postgres policies: one that lets a record be changed and not be removed keeps it", "[postgres]") {
  Opened db;
  const std::string before = db.everything();
  db.policies({"select using (true)", "update using (true)", "delete using (false)"});
  check_prevented(db.write(db.remove("notes", "n")));
  check_prevented(db.write(with_any_version(db.remove("notes", "n"))));
  CHECK(db.everything() == before);
}

TEST_CASE("postgres policies: what a check of one refuses is no database that cannot be reached", "[postgres]") {
  Opened db;
  db.policies({"select using (true)", "insert with check (text <> 'bad')", "update using (true) with check (text <> 'bad')"});
  check_prevented(db.write(db.create("notes", "m", {{"text", text("bad")}})));
  check_prevented(db.write(db.patch("notes", "n", {{"text", text("bad")}})));
  CHECK(db.write(db.create("notes", "m", {{"text", text("good")}})).has_value());
}
