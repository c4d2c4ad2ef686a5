#include "engine/postgres/testing/schema.h"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>

#include "engine/testing/servers.h"

namespace holdfast::testing {
namespace {

constexpr Milliseconds kPatience = 60'000;  // a machine that is busy is no fault

std::atomic<int> made{0};

}  // namespace

TestSchema::TestSchema()
    : name_(fmt::format("hf_test_{}_{}", getpid(), ++made)),
      connection_(PQconnectdb(require_server("HOLDFAST_TEST_DATABASE_URL").c_str())) {
  if (PQstatus(connection_.get()) != CONNECTION_OK) FAIL(PQerrorMessage(connection_.get()));
  run("set client_min_messages = warning");
  clear();
  run(fmt::format("set search_path = {}", name_));
}

TestSchema::~TestSchema() {
  postgres::Answer(PQexec(connection_.get(), fmt::format("drop schema if exists {} cascade", name_).c_str()));
}

void TestSchema::clear() {
  run(fmt::format("drop schema if exists {0} cascade; create schema {0}", name_));
}

std::string TestSchema::url() const {
  const std::string server = require_server("HOLDFAST_TEST_DATABASE_URL");
  return server + (server.find('?') == std::string::npos ? "?" : "&") + "schema=" + name_;
}

postgres::Options TestSchema::options() const {
  postgres::Options options;
  options.url = url();
  for (Milliseconds* timeout : {&options.point_timeout, &options.query_timeout, &options.connect_timeout, &options.acquire_timeout}) {
    *timeout = kPatience;
  }
  return options;
}

void TestSchema::run(const std::string& statements) {
  const postgres::Answer answer(PQexec(connection_.get(), statements.c_str()));
  const bool succeeded = answer.status() == PGRES_COMMAND_OK || answer.status() == PGRES_TUPLES_OK;
  if (!succeeded) FAIL(statements << ": " << PQerrorMessage(connection_.get()));
}

std::string TestSchema::answer(const std::string& statement) {
  const postgres::Answer answer(PQexec(connection_.get(), statement.c_str()));
  if (answer.status() != PGRES_TUPLES_OK) FAIL(statement << ": " << PQerrorMessage(connection_.get()));
  return answer.rows() == 0 ? std::string() : std::string(answer.bytes(0, 0));
}

std::string TestSchema::failure(const std::string& statements) {
  const postgres::Answer answer(PQexec(connection_.get(), statements.c_str()));
  return std::string(answer.diagnosis(PG_DIAG_SQLSTATE));
}

}  // namespace holdfast::testing
