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
                     {"notes", "type: object\nid: text\nproperties:\n  text: { type: string, maxLength: 50 }\n"}});
}

struct Opened : TestSchema, TestDatabase {
  Opened() : TestDatabase([this](const Catalog& models) { return postgres::open(options(), models, shared_clock); }, shop()) {
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
  std::string everything() {
    return TestSchema::answer(
        "select string_agg(line, ' ' order by line) from (select id || _rev as line from users union all select id || _rev || owner from "
        "parts union all select id || _rev || idol from fans union all select id || _rev || text from notes) x");
  }

  static inline const FixedClock shared_clock;
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
