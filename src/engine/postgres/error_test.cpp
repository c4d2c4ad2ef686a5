#include "engine/postgres/error.h"

#include <catch2/catch.hpp>

#include "engine/postgres/dial.h"
#include "engine/testing/servers.h"

using namespace holdfast;
using namespace holdfast::postgres;

namespace {

StartupWords words(std::string state, std::string message, const std::string& parameters = {}) {
  Failure failure;
  failure.state = std::move(state);
  failure.message = std::move(message);
  return startup_words(failure, read_address("postgresql://shop:geheim@db.example/goods" + parameters));
}

std::string fault_of_dialling(const Address& address) {
  const std::atomic<bool> stopped{false};
  const auto dialled = dial(address, {}, 5000, stopped);
  REQUIRE(dialled.has_error());
  return startup_words(dialled.error(), address).fault;
}

// The URL of the test server with one part changed.
Address changed(const std::string& name, const std::string& value) {
  Address address = read_address(testing::require_server("HOLDFAST_TEST_DATABASE_URL"));
  std::erase_if(address.parameters, [&](const auto& parameter) { return parameter.first == name; });
  address.parameters.emplace_back(name, value);
  if (name == "host") address.host = address.hosts.front().name = value;
  if (name == "port") address.port = address.hosts.front().port = value;
  if (name == "dbname") address.database = value;
  return address;
}

}  // namespace

TEST_CASE("startup words: each way of not being let in has its own sentence", "[engine]") {
  CHECK(words("28P01", "").fault == "db.example:5432 refuses the password of the user shop.");
  CHECK(words("3D000", "").fault == "db.example:5432 has no database \"goods\".");
  CHECK(words("", "could not translate host name \"db.example\" to address: Name or service not known").fault ==
        "The host db.example is not known.");
  CHECK(words("", "connection to server failed: Connection refused").fault == "Nothing listens on db.example:5432.");
  CHECK(words("28000", "no pg_hba.conf entry for host \"10.0.0.1\", user \"shop\", database \"goods\", no encryption").fault ==
        "db.example:5432 takes no connection without TLS.");
  CHECK(words("", "server does not support SSL, but SSL was required", "?sslmode=require").fault ==
        "db.example:5432 does not offer TLS, which sslmode=require asks for.");
  CHECK(words("", "timeout expired").fault == "db.example:5432 does not answer.");
}

TEST_CASE("startup words: TLS is not blamed for a user who does not exist", "[engine]") {
  CHECK(words("28000", "FATAL:  28000: role \"shop\" does not exist", "?sslmode=disable").fault.find("TLS") == std::string::npos);
}

TEST_CASE("postgres dial: a server says by its state why it does not let us in", "[postgres]") {
  CHECK(fault_of_dialling(changed("dbname", "no_such_database")).find("has no database \"no_such_database\"") != std::string::npos);
  CHECK(fault_of_dialling(changed("password", "wrong")).find("refuses the password") != std::string::npos);
  CHECK(fault_of_dialling(changed("port", "1")).find("Nothing listens on") == 0);
  CHECK(fault_of_dialling(changed("host", "no-such-host.invalid")) == "The host no-such-host.invalid is not known.");
}
