#include "engine/postgres/address.h"

#include <catch2/catch.hpp>

#include "base/error.h"

using namespace holdfast;
using namespace holdfast::postgres;

namespace {

std::string refusal(const std::string& url) {
  try {
    read_address(url);
  } catch (const StartupError& error) {
    CHECK(error.exit_status() == kExitConfiguration);
    return error.what();
  }
  FAIL("it was read");
  return {};
}

}  // namespace

TEST_CASE("address: takes the URL apart, and Prisma's schema out of it", "[engine]") {
  const Address address = read_address("postgresql://shop:geheim@db.example:6543/goods?schema=store&sslmode=require");
  CHECK(address.host == "db.example");
  CHECK(address.port == "6543");
  CHECK(address.user == "shop");
  CHECK(address.database == "goods");
  CHECK(address.schema == "store");
  CHECK(address.place() == "db.example:6543");
  CHECK(address.parameter("sslmode") == "require");
  CHECK(address.parameter("schema").empty());
}

TEST_CASE("address: the schema may stand anywhere among the parameters", "[engine]") {
  CHECK(read_address("postgres://h/d?schema=a").schema == "a");
  CHECK(read_address("postgres://h/d?sslmode=prefer&schema=b").schema == "b");
  const Address between = read_address("postgres://h/d?sslmode=prefer&schema=c&connect_timeout=3");
  CHECK(between.schema == "c");
  CHECK(between.parameter("connect_timeout") == "3");
  CHECK(read_address("postgres://h/d").schema.empty());
}

TEST_CASE("address: refuses what is no URL of a server, and never shows its password", "[engine]") {
  CHECK(refusal("mysql://u:geheim@h/d").find("geheim") == std::string::npos);
  CHECK(refusal("host=h password=geheim").find("geheim") == std::string::npos);
  CHECK(refusal("postgresql://u:ge%zzheim@h/d").find("heim") == std::string::npos);
  CHECK(refusal("postgresql://u:ge@heim@h/d").find("heim") == std::string::npos);
  CHECK(refusal("postgresql://u:ge/heim@h/d").find("heim") == std::string::npos);
  const std::string unknown = refusal("postgresql://u:geheim@h/d?connection_limit=3");
  CHECK(unknown.find("connection_limit") != std::string::npos);
  CHECK(unknown.find("geheim") == std::string::npos);
}
