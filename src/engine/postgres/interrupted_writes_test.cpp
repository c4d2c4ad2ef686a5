// Connections that break in the middle of a write, on a real server.

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <catch2/catch.hpp>

#include "engine/postgres/live_connection.h"
#include "engine/postgres/testing/schema.h"
#include "engine/postgres/writer.h"
#include "engine/testing/database.h"

using namespace holdfast;
using namespace holdfast::testing;
using namespace holdfast::postgres;

namespace {

Catalog notes() {
  return catalog_of({{"notes", "type: object\nid: text\nproperties:\n  text: { type: string }\n"},
                     {"tags", "type: object\nid: text\nproperties:\n  note: { ref: notes, onDelete: cascade }\n"}});
}

// Kills the server's process behind the connection before one call, or loses the answer to one.
struct Trouble {
  int kill_before = 0;  // the number of the call, from 1; 0: none
  int lose_answer = 0;
  int calls = 0;
};

class TroubledSession final : public Session {
 public:
  TroubledSession(std::shared_ptr<LiveConnection> connection, Trouble& trouble, TestSchema& schema, asio::io_context& loop)
      : connection_(std::move(connection)), trouble_(trouble), schema_(schema), loop_(loop) {}
  ~TroubledSession() override { connection_->abandon(); }

  awaitable<Outcome<std::vector<Answer>>> run(std::span<const Query> queries, Scope scope) override {
    const int call = ++trouble_.calls;
    if (call == trouble_.kill_before) co_await kill();
    Outcome<std::vector<Answer>> answers = co_await connection_->run(queries, scope);
    if (call != trouble_.lose_answer) co_return answers;
    Failure failure;
    failure.error = Error(Code::kDatabaseUnavailable);
    failure.lost = true;
    co_return failure;
  }
  awaitable<void> roll_back() override { return connection_->roll_back(); }

 private:
  // Until the connection has noticed.
  awaitable<void> kill() {
    schema_.run("select pg_terminate_backend(pid) from pg_stat_activity where application_name = '" + schema_.name() + "'");
    asio::steady_timer timer(loop_);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!connection_->is_lost()) {
      if (std::chrono::steady_clock::now() > deadline) FAIL("the connection has not noticed that the server's process was killed");
      timer.expires_after(std::chrono::milliseconds(1));
      co_await timer.async_wait(asio::use_awaitable_t<Executor>());
    }
  }

  std::shared_ptr<LiveConnection> connection_;
  Trouble& trouble_;
  TestSchema& schema_;
  asio::io_context& loop_;
};

struct Opened : TestSchema, TestDatabase, Sessions {
  Opened() : TestDatabase([this](const Catalog& models) { return postgres::open(options(), models, shared_clock); }, notes()) {}
  ~Opened() { close(); }

  awaitable<Result<Lease>> acquire() override {
    const Address address = read_address(url() + "&application_name=" + TestSchema::name());
    Terms terms;
    terms.schema = address.schema;
    Outcome<Dialled> dialled = dial(address, terms, 5000, stopped);
    if (!dialled) co_return dialled.error().error;
    auto connection = std::make_shared<LiveConnection>(loop, std::move(*dialled), terms);
    connection->listen([] {});
    co_return std::make_shared<TroubledSession>(std::move(connection), trouble, *this, loop);
  }

  Result<Written> write_in_trouble(WritePlan plan, Trouble chosen) {
    trouble = chosen;
    Writer writer(loop, *this, *catalog, 1000);
    return testing::run(loop, writer.write(std::move(plan)));
  }

  Trouble trouble;
  std::atomic<bool> stopped{false};
  static inline const FixedClock shared_clock;
};

}  // namespace

TEST_CASE("postgres trouble: a server that is killed between two statements costs one more try, and nothing is done twice", "[postgres]") {
  Opened db;
  db.fill({db.create("notes", "n1", {{"text", text("first")}})});
  db.fill({db.create("tags", "t1", {{"note", text("n1")}})});
  const Result<Written> patched = db.write_in_trouble(db.patch("notes", "n1", {{"text", text("second")}}), {2, 0});
  REQUIRE(patched.has_value());
  CHECK(patched->after->revision == 2);
  CHECK(db.find("notes", "n1")->revision == 2);
  const Result<Written> removed = db.write_in_trouble(db.remove("notes", "n1"), {3, 0});
  REQUIRE(removed.has_value());
  CHECK(db.count("tags") == 0);
  WritePlan keyed = db.create("notes", "n2", {{"text", text("third")}});
  keyed.idempotency = Idempotency{"key", "print"};
  CHECK(db.write_in_trouble(keyed, {3, 0})->created);
  CHECK(db.write(keyed)->replayed.has_value());
}

TEST_CASE("postgres trouble: an answer to a commit that is lost is an outcome that is unknown, which the key tells", "[postgres]") {
  Opened db;
  WritePlan plan = db.create("notes", "n1", {{"text", text("first")}});
  refusal(db.write_in_trouble(plan, {0, 1}), Code::kOutcomeUnknown);
  CHECK(db.has("notes", "n1"));
  refusal(db.write_in_trouble(db.patch("notes", "n1", {{"text", text("second")}}), {0, 2}), Code::kOutcomeUnknown);
  CHECK(db.find("notes", "n1")->revision == 2);

  plan = db.create("notes", "n2", {{"text", text("first")}});
  plan.idempotency = Idempotency{"key", "print"};
  refusal(db.write_in_trouble(plan, {0, 3}), Code::kOutcomeUnknown);
  const Result<Written> again = db.write(plan);
  REQUIRE(again.has_value());
  REQUIRE(again->replayed.has_value());
  CHECK(again->replayed->id == "n2");
}

TEST_CASE("postgres trouble: what was lost before anything could be kept is done once on another connection", "[postgres]") {
  Opened db;
  db.fill({db.create("notes", "n1", {{"text", text("first")}})});
  CHECK(db.write_in_trouble(db.patch("notes", "n1", {{"text", text("second")}}), {0, 1}).has_value());
  CHECK(db.find("notes", "n1")->revision == 2);
}
