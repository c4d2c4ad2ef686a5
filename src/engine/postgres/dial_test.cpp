#include "engine/postgres/dial.h"

#include <catch2/catch.hpp>

#include "engine/postgres/testing/silent_server.h"
#include "engine/testing/servers.h"

using namespace holdfast;
using namespace holdfast::postgres;
using holdfast::testing::SilentServer;

namespace {

// The test server as the last of several.
Address behind(const std::vector<Host>& hosts) {
  Address address = read_address(testing::require_server("HOLDFAST_TEST_DATABASE_URL"));
  REQUIRE(address.hosts.size() == 1);
  address.hosts.insert(address.hosts.begin(), hosts.begin(), hosts.end());
  return address;
}

const std::atomic<bool> kRunning{false};
constexpr Milliseconds kPatience = 1500;  // enough for the host that is there, on a slow machine too

}  // namespace

TEST_CASE("postgres dial: a host that is silent is passed over", "[postgres]") {
  const SilentServer silent, another;
  const auto dialled = dial(behind({{"", "127.0.0.1", silent.port()}, {"127.0.0.1", "", another.port()}}), {}, kPatience, kRunning);
  if (!dialled) FAIL(dialled.error().message);
  CHECK(PQport(dialled->connection.get()) == behind({}).port);
}

TEST_CASE("postgres dial: who cannot be reached at any host is told about each", "[postgres]") {
  const SilentServer silent;
  Address address = behind({{"", "127.0.0.1", silent.port()}, {"nowhere.invalid", "", "5432"}});
  address.hosts.pop_back();
  const auto dialled = dial(address, {}, kPatience, kRunning);
  REQUIRE(dialled.has_error());
  CHECK_THAT(dialled.error().message, Catch::Contains("timeout expired; ") && Catch::Contains("nowhere.invalid"));
}

TEST_CASE("postgres dial: a host that refuses us speaks for the others", "[postgres]") {
  Address address = behind({});
  address.hosts.push_back(address.hosts.front());
  address.parameters.emplace_back("dbname", "there_is_no_such");
  const auto dialled = dial(address, {}, 5000, kRunning);
  REQUIRE(dialled.has_error());
  CHECK(dialled.error().state == "3D000");
  CHECK(dialled.error().message.find(';') == std::string::npos);
}
