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

TEST_CASE("address: the schema is percent-decoded, like all that stands in a URL", "[engine]") {
  CHECK(read_address("postgres://h/d?schema=my%20shop%26more").schema == "my shop&more");
  CHECK(read_address("postgres://h/d?schema=caf%C3%A9").schema == "caf\xC3\xA9");
  CHECK(read_address("postgres://h/d?schema=100%25&sslmode=prefer").schema == "100%");
}

TEST_CASE("address: several hosts are one each, with the port that is theirs", "[engine]") {
  const auto hosts = [](const std::string& url) {
    std::string text;
    for (const Host& host : read_address(url).hosts) text += host.name + "|" + host.address + "|" + host.port + " ";
    return text;
  };
  CHECK(hosts("postgres://a,b:6543/d?target_session_attrs=read-write") == "a||5432 b||6543 ");
  CHECK(hosts("postgres://a:7000/d") == "a||7000 ");
  CHECK(hosts("postgres:///d?host=/run/a,b&port=7000") == "/run/a||7000 b||7000 ");
  CHECK(hosts("postgres:///d?host=a,b&hostaddr=10.0.0.1,10.0.0.2") == "a|10.0.0.1|5432 b|10.0.0.2|5432 ");
  CHECK(hosts("postgres:///d?hostaddr=10.0.0.1,::1&port=1,2") == "|10.0.0.1|1 |::1|2 ");
  CHECK(hosts("postgres:///d?host=a,b&port=1,2,3").empty());
  CHECK(hosts("postgres:///d?host=a,,b").empty());
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
