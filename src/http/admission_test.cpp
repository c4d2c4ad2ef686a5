#include "http/admission.h"

#include <catch2/catch.hpp>
#include <vector>

using namespace holdfast;
using namespace holdfast::http;

namespace {

boost::asio::ip::address at(const char* text) {
  return boost::asio::ip::make_address(text);
}

Limits limits(std::size_t connections, std::size_t per_address) {
  Limits limits;
  limits.connections = connections;
  limits.connections_per_address = per_address;
  return limits;
}

}  // namespace

TEST_CASE("admission: one address may hold so many connections, others still come in", "[http]") {
  const Limits few = limits(10, 2);
  Admission admission(few);
  std::vector<Result<Admission::Place>> held;
  for (int i = 0; i < 2; ++i) held.push_back(admission.admit(at("10.0.0.1")));
  CHECK(held[0].has_value());
  CHECK(held[1].has_value());
  const auto third = admission.admit(at("10.0.0.1"));
  REQUIRE_FALSE(third.has_value());
  CHECK(third.error().code == Code::kOverloaded);
  CHECK(third.error().detail == "Your address holds as many connections as one may (2); close some, and try again.");
  CHECK(admission.admit(at("10.0.0.2")).has_value());
  CHECK_FALSE(admission.admit(at("::ffff:10.0.0.1")).has_value());  // the same machine, seen by a listener for both families
  held.pop_back();
  CHECK(admission.admit(at("10.0.0.1")).has_value());  // given back
}

TEST_CASE("admission: the limit in all holds whatever the addresses", "[http]") {
  const Limits few = limits(2, 2);
  Admission admission(few);
  const auto first = admission.admit(at("10.0.0.1"));
  auto second = admission.admit(at("10.0.0.2"));
  const auto third = admission.admit(at("10.0.0.3"));
  REQUIRE_FALSE(third.has_value());
  CHECK(third.error().detail == "The server holds as many connections as it may (2); try again.");
  second = Error(Code::kOverloaded);  // its place is free
  CHECK(admission.admit(at("10.0.0.3")).has_value());
}

TEST_CASE("admission: a /64 of IPv6 is one address", "[http]") {
  const Limits few = limits(10, 1);
  Admission admission(few);
  const auto held = admission.admit(at("2001:db8:0:1::1"));
  CHECK_FALSE(admission.admit(at("2001:db8:0:1:ffff::2")).has_value());
  CHECK(admission.admit(at("2001:db8:0:2::1")).has_value());
  CHECK(admission.admit(at("::1")).has_value());
}

TEST_CASE("admission: bodies of all connections together have a limit", "[http]") {
  Limits few = limits(10, 10);
  few.bodies_bytes = 100;
  Admission admission(few);
  Admission::Place first = *admission.admit(at("10.0.0.1"));
  {
    Admission::Place second = *admission.admit(at("10.0.0.2"));
    CHECK(first.hold_body(40));
    CHECK(second.hold_body(60));
    CHECK_FALSE(first.hold_body(41));
    CHECK(second.hold_body(50));
    CHECK(first.hold_body(50));
  }
  CHECK(first.hold_body(100));  // what the second held is free
  CHECK(first.hold_body(0));
  CHECK(Admission::Place().hold_body(1000));
}

TEST_CASE("admission: a place that is moved is one place", "[http]") {
  const Limits few = limits(1, 1);
  Admission admission(few);
  {
    auto place = admission.admit(at("10.0.0.1"));
    const Admission::Place moved(std::move(*place));
    place = Error(Code::kOverloaded);
    CHECK_FALSE(admission.admit(at("10.0.0.1")).has_value());
  }
  CHECK(admission.admit(at("10.0.0.1")).has_value());
}
