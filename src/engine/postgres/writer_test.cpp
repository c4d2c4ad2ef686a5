#include "engine/postgres/writer.h"

#include <catch2/catch.hpp>

#include "engine/postgres/testing/failing_sessions.h"
#include "engine/testing/fixture.h"

using namespace holdfast;
using namespace holdfast::postgres;
using namespace holdfast::testing;

namespace {

Catalog notes() {
  return testing::catalog_of({{"notes", "type: object\nid: text\nproperties:\n  text: { type: string }\n"}});
}

struct Scripted {
  explicit Scripted(std::deque<Failure> failures) : sessions(std::move(failures)) {}

  Code write(WritePlan::Kind kind) {
    WritePlan plan = testing::create_plan(*catalog.find("notes"), text("n1"), {{"text", text("first")}});
    plan.kind = kind;
    const Result<Written> written = testing::run(loop, writer.write(plan));
    REQUIRE(written.has_error());
    return written.error().code;
  }

  Catalog catalog = notes();
  FailingSessions sessions;
  asio::io_context loop{1};
  Writer writer{loop, sessions, catalog, 1000};
};

constexpr auto kCreate = WritePlan::Kind::kCreate;
constexpr auto kPatch = WritePlan::Kind::kPatch;

}  // namespace

TEST_CASE("postgres writer: a connection that is lost during a write of one round trip leaves its outcome unknown", "[engine]") {
  Scripted database({lost()});
  CHECK(database.write(kCreate) == Code::kOutcomeUnknown);
  CHECK(database.sessions.acquired == 1);
  CHECK(database.sessions.scopes == std::vector<Scope>{Scope::kWhole});
}

TEST_CASE("postgres writer: a connection that is lost before the commit was sent costs one more try", "[engine]") {
  Scripted twice({lost(), lost()});
  CHECK(twice.write(kPatch) == Code::kDatabaseUnavailable);
  CHECK(twice.sessions.acquired == 2);
  CHECK(twice.sessions.scopes == std::vector<Scope>{Scope::kBegin, Scope::kBegin});
  Scripted unsent({lost(false), lost()});
  CHECK(unsent.write(kCreate) == Code::kOutcomeUnknown);
  CHECK(unsent.sessions.acquired == 2);
}

TEST_CASE("postgres writer: who has waited for an answer in vain is not made to wait again", "[engine]") {
  Failure late = lost();
  late.error.code = Code::kQueryTimeout;
  Scripted begun({late, lost()});
  CHECK(begun.write(kPatch) == Code::kQueryTimeout);
  CHECK(begun.sessions.acquired == 1);
  Scripted whole({late});
  CHECK(whole.write(kCreate) == Code::kOutcomeUnknown);
}

TEST_CASE("postgres writer: what may be tried again is, ten times", "[engine]") {
  Scripted database(std::deque<Failure>(20, again()));
  CHECK(database.write(kPatch) == Code::kOverloaded);
  CHECK(database.sessions.acquired == 10);
  Scripted ended({again(), scripted_failure(Code::kStorageFull)});
  CHECK(ended.write(kCreate) == Code::kStorageFull);
}

TEST_CASE("postgres writer: a key of Idempotency-Key makes a create part of a transaction, which can be tried again", "[engine]") {
  Scripted database({lost(), scripted_failure(Code::kQueryTimeout)});
  WritePlan plan = testing::create_plan(*database.catalog.find("notes"), text("n1"), {});
  plan.idempotency = Idempotency{"key", "print"};
  const Result<Written> written = testing::run(database.loop, database.writer.write(plan));
  CHECK(written.error().code == Code::kQueryTimeout);
  CHECK(database.sessions.scopes == std::vector<Scope>{Scope::kBegin, Scope::kBegin});
  CHECK(database.sessions.undone == 0);
}
