#include "engine/postgres/live_connection.h"

#include <catch2/catch.hpp>

#include "engine/lanes.h"
#include "engine/postgres/address.h"
#include "engine/testing/fixture.h"
#include "engine/testing/servers.h"

using namespace holdfast;
using namespace holdfast::postgres;

namespace {

constexpr Oid kBigint = 20;

Parameter bigint(std::int64_t value) {
  Parameter parameter{kBigint, std::string(8, '\0')};
  for (int i = 7; i >= 0; --i, value >>= 8) (*parameter.bytes)[static_cast<std::size_t>(i)] = static_cast<char>(value & 0xFF);
  return parameter;
}

std::int64_t integer_at(const Answer& answer, int row, int column) {
  std::int64_t value = 0;
  for (const char c : answer.bytes(row, column)) value = value * 256 + static_cast<unsigned char>(c);
  return value;
}

struct Server {
  explicit Server(const char* variable = "HOLDFAST_TEST_DATABASE_URL") : address(read_address(testing::require_server(variable))) {}

  std::shared_ptr<LiveConnection> connect(Milliseconds statement_timeout = 5000) {
    Terms terms;
    terms.statement_timeout = statement_timeout;
    auto dialled = dial(address, terms, 5000, stopped);
    if (!dialled) FAIL(dialled.error().message);
    auto connection = std::make_shared<LiveConnection>(loop, std::move(*dialled), terms);
    connection->listen([this] { ++lost; });
    return connection;
  }

  Outcome<std::vector<Answer>> run(LiveConnection& connection, const std::vector<Query>& queries, Scope scope = Scope::kWhole) {
    return testing::run(loop, connection.run(queries, scope));
  }
  // The same for what may be left without an answer.
  Outcome<std::vector<Answer>> run_or_expire(LiveConnection& connection, const std::vector<Query>& queries, Milliseconds patience = 5000) {
    std::optional<Outcome<std::vector<Answer>>> outcome;
    asio::co_spawn(loop, connection.run(queries, Scope::kWhole),
                   [&](std::exception_ptr, Outcome<std::vector<Answer>> answers) { outcome.emplace(std::move(answers)); });
    loop.restart();
    while (!outcome) {
      loop.run_for(std::chrono::milliseconds(5));
      connection.expire(LiveConnection::Time::clock::now(), patience);
    }
    return std::move(*outcome);
  }
  std::int64_t integer(LiveConnection& connection, const std::string& text) {
    auto answers = run(connection, {{text, {}}});
    if (!answers) FAIL(answers.error().message);
    return integer_at(answers->front(), 0, 0);
  }

  Address address;
  std::atomic<bool> stopped{false};
  asio::io_context loop{1};
  int lost = 0;
};

// A table of its own in the connection's session: gone with it.
void make_table(Server& server, LiveConnection& connection) {
  auto made = server.run(connection, {{"create temporary table kept (id bigint primary key)", {}}});
  if (!made) FAIL(made.error().message);
}

Query insert(std::int64_t id) {
  return {"insert into kept values ($1)", {bigint(id)}};
}

}  // namespace

TEST_CASE("postgres connection: answers several queries of one round trip in order", "[postgres]") {
  Server server;
  const auto connection = server.connect();
  const auto answers = server.run(*connection, {{"select $1 + 1", {bigint(41)}}, {"select $1 + 1", {bigint(1)}}, {"select 7::bigint", {}}});
  REQUIRE(answers.has_value());
  REQUIRE(answers->size() == 3);
  CHECK(integer_at((*answers)[0], 0, 0) == 42);
  CHECK(integer_at((*answers)[1], 0, 0) == 2);
  CHECK(integer_at((*answers)[2], 0, 0) == 7);
  CHECK(connection->is_fit());
}

TEST_CASE("postgres connection: keeps nothing of a round trip that fails", "[postgres]") {
  Server server;
  const auto connection = server.connect();
  make_table(server, *connection);
  const auto answers = server.run(*connection, {insert(1), insert(2), insert(1), insert(3)});
  REQUIRE(answers.has_error());
  CHECK(answers.error().state == "23505");
  CHECK(answers.error().constraint == "kept_pkey");
  CHECK(answers.error().query == 2);
  CHECK_FALSE(answers.error().lost);
  CHECK(connection->is_fit());
  CHECK(server.integer(*connection, "select count(*) from kept") == 0);
}

TEST_CASE("postgres connection: keeps a transaction open over round trips, and undoes it when one fails", "[postgres]") {
  Server server;
  const auto connection = server.connect();
  make_table(server, *connection);
  REQUIRE(server.run(*connection, {insert(1)}, Scope::kBegin).has_value());
  CHECK_FALSE(connection->is_fit());
  REQUIRE(server.run(*connection, {insert(2)}, Scope::kInside).has_value());
  REQUIRE(server.run(*connection, {}, Scope::kCommit).has_value());
  CHECK(connection->is_fit());
  CHECK(server.integer(*connection, "select count(*) from kept") == 2);

  REQUIRE(server.run(*connection, {insert(3)}, Scope::kBegin).has_value());
  REQUIRE(server.run(*connection, {insert(3)}, Scope::kInside).has_error());
  CHECK(connection->is_fit());
  CHECK(server.integer(*connection, "select count(*) from kept") == 2);

  REQUIRE(server.run(*connection, {insert(4)}, Scope::kBegin).has_value());
  testing::run(server.loop, [](LiveConnection& open) -> awaitable<bool> {
    co_await open.roll_back();
    co_return true;
  }(*connection));
  CHECK(connection->is_fit());
  CHECK(server.integer(*connection, "select count(*) from kept") == 2);
}

TEST_CASE("postgres connection: prepares anew what the server has forgotten or DDL has outdated", "[postgres]") {
  Server server;
  const auto connection = server.connect();
  make_table(server, *connection);
  const Query all{"select * from kept", {}};
  REQUIRE(server.run(*connection, {insert(1), all}).has_value());
  REQUIRE(server.run(*connection, {{"deallocate all", {}}}).has_value());
  REQUIRE(server.run(*connection, {insert(2), all}).has_value());
  REQUIRE(server.run(*connection, {{"alter table kept add column more bigint", {}}}).has_value());
  const auto answers = server.run(*connection, {{"insert into kept (id) values ($1)", {bigint(3)}}, all});
  REQUIRE(answers.has_value());
  CHECK((*answers)[1].columns() == 2);
  CHECK((*answers)[1].rows() == 3);
  CHECK(server.integer(*connection, "select count(*) from pg_prepared_statements") == 3);
}

TEST_CASE("postgres connection: prepares again what was not prepared because its round trip failed", "[postgres]") {
  Server server;
  const auto connection = server.connect();
  REQUIRE(server.run(*connection, {{"select 1 / 0", {}}, {"select 7::bigint", {}}}).has_error());
  CHECK(server.integer(*connection, "select 7::bigint") == 7);
}

TEST_CASE("postgres connection: lets the server forget what is asked no more", "[postgres]") {
  Server server;
  const auto connection = server.connect();
  for (int i = 0; i < 300; ++i) CHECK(server.integer(*connection, "select " + std::to_string(i) + "::bigint") == i);
  CHECK(server.integer(*connection, "select count(*) from pg_prepared_statements") <= 130);
}

TEST_CASE("postgres connection: a statement that takes too long is stopped by the server", "[postgres]") {
  Server server;
  const auto connection = server.connect(50);
  const auto answers = server.run(*connection, {{"select pg_sleep(10)", {}}});
  REQUIRE(answers.has_error());
  CHECK(answers.error().error.code == Code::kQueryTimeout);
  CHECK(connection->is_fit());
}

TEST_CASE("postgres connection: a statement takes one core of the server at most, also behind a transaction pooler", "[postgres]") {
  const char* variable = GENERATE("HOLDFAST_TEST_DATABASE_URL", "HOLDFAST_TEST_POOLER_URL");
  Server server(variable);
  const auto connection = server.connect();
  CHECK(server.integer(*connection, "select current_setting('max_parallel_workers_per_gather')::bigint") == 0);
}

TEST_CASE("postgres connection: what fails only when the server commits is answered at once", "[postgres]") {
  Server server;
  const auto connection = server.connect();
  make_table(server, *connection);
  REQUIRE(
      server.run(*connection, {{"create temporary table owed (id bigint references kept deferrable initially deferred)", {}}}).has_value());
  for (const std::size_t others : {0U, 2U}) {
    std::vector<Query> queries(1 + others, Query{"insert into owed values (7)", {}});
    const auto answers = server.run_or_expire(*connection, queries);
    REQUIRE(answers.has_error());
    CHECK(answers.error().state == "23503");
    CHECK(answers.error().query == queries.size());
    CHECK_FALSE(answers.error().lost);
    REQUIRE(connection->is_fit());
    CHECK(server.integer(*connection, "select count(*) from owed") == 0);
  }
}

TEST_CASE("postgres connection: one that does not answer in time is given up", "[postgres]") {
  Server server;
  const auto connection = server.connect();
  const auto outcome = server.run_or_expire(*connection, {{"select pg_sleep(10)", {}}}, 50);
  REQUIRE(outcome.has_error());
  CHECK(outcome.error().error.code == Code::kQueryTimeout);
  CHECK(outcome.error().lost);
  CHECK(connection->is_lost());
  CHECK(server.lost == 1);
}

TEST_CASE("postgres connection: notices that the server has closed it, while it is asked and while it is not", "[postgres]") {
  Server server;
  const auto connection = server.connect(), other = server.connect();
  const std::int64_t process = server.integer(*other, "select pg_backend_pid()::bigint");
  const Query kill{"select pg_terminate_backend($1::int)", {bigint(process)}};
  REQUIRE(server.run(*connection, {kill}).has_value());
  const auto deadline = LiveConnection::Time::clock::now() + std::chrono::seconds(10);
  auto work = asio::make_work_guard(server.loop);
  server.loop.restart();
  while (!other->is_lost() && LiveConnection::Time::clock::now() < deadline) server.loop.run_for(std::chrono::milliseconds(5));
  CHECK(other->is_lost());
  CHECK(server.lost == 1);
  const auto late = server.run(*other, {{"select 1", {}}});
  REQUIRE(late.has_error());
  CHECK(late.error().lost);
  CHECK_FALSE(late.error().sent);

  const auto suicide = server.run(*connection, {{"select pg_terminate_backend(pg_backend_pid())", {}}});
  REQUIRE(suicide.has_error());
  CHECK(suicide.error().lost);
  CHECK(suicide.error().sent);
  CHECK(suicide.error().state == "57P01");
  CHECK(suicide.error().error.code == Code::kDatabaseUnavailable);
}

TEST_CASE("postgres connection: behind a transaction pooler nothing outlives a transaction", "[postgres]") {
  Server server("HOLDFAST_TEST_POOLER_URL");
  const auto connection = server.connect(1000);  // enough for everything but the long sleep, on a slow machine too
  REQUIRE(server.run(*connection, {{"select $1 + 1", {bigint(1)}}, {"select $1 + 1", {bigint(2)}}}).has_value());
  CHECK(server.integer(*connection, "select count(*) from pg_prepared_statements where from_sql = false and name like 'hf%'") == 0);
  const auto slow = server.run(*connection, {{"select pg_sleep(10)", {}}});
  REQUIRE(slow.has_error());
  CHECK(slow.error().error.code == Code::kQueryTimeout);
  CHECK(connection->is_fit());
  REQUIRE(server.run(*connection, {{"create temporary table kept (id bigint primary key) on commit drop", {}}}, Scope::kBegin).has_value());
  REQUIRE(server.run(*connection, {insert(1)}, Scope::kInside).has_value());
  REQUIRE(server.run(*connection, {insert(1)}, Scope::kInside).has_error());
  CHECK(connection->is_fit());
}
