#include <catch2/catch.hpp>

#include "base/decimal.h"
#include "base/hash.h"
#include "base/id.h"
#include "base/timestamp.h"
#include "base/unicode.h"

using namespace holdfast;

namespace {

std::string written(std::int64_t units, int scale) {
  std::string out;
  append_decimal(out, units, scale);
  return out;
}

std::string wire(std::string_view text) {
  const auto instant = parse_timestamp(text);
  if (!instant) return "refused";
  std::string out;
  append_timestamp(out, *instant);
  return out;
}

}  // namespace

TEST_CASE("decimal: the number grammar is JSON's", "[base]") {
  for (const char* good : {"0", "-0", "10", "1.5", "-0.25", "1e3", "1E+3", "1.5e-7"}) CHECK(is_json_number(good));
  for (const char* bad : {"", "-", "+1", "01", ".5", "1.", "1e", "1e+", "0x1", "1 ", " 1", "NaN", "1.2.3"})
    CHECK_FALSE(is_json_number(bad));
}

TEST_CASE("decimal: is exact, and never rounds", "[base]") {
  CHECK(parse_decimal("45.50", 10, 2).units == 4550);
  CHECK(parse_decimal("-0", 10, 2).units == 0);
  CHECK(parse_decimal("1.23e2", 10, 2).units == 12300);
  CHECK(parse_decimal("1.5000", 10, 2).units == 150);
  CHECK(parse_decimal("-999999999999999999", 18, 0).units == -999999999999999999);
  CHECK(parse_decimal("1.999", 10, 2).fault == DecimalFault::kScale);
  CHECK(parse_decimal("123456789", 10, 2).fault == DecimalFault::kPrecision);
  CHECK(parse_decimal("123456789.001", 10, 2).fault == DecimalFault::kBoth);
  CHECK(parse_decimal("1e999999999999", 10, 2).fault == DecimalFault::kPrecision);
  CHECK(parse_decimal("1e-999999999999", 10, 2).fault == DecimalFault::kScale);
  CHECK(parse_decimal("0e999999999999", 10, 2).fault == DecimalFault::kNone);
}

TEST_CASE("decimal: a number between two units is located below itself", "[base]") {
  CHECK(locate_decimal("1.999", 2).floor == 199);
  CHECK_FALSE(locate_decimal("1.999", 2).exact);
  CHECK(locate_decimal("-1.999", 2).floor == -200);
  CHECK(locate_decimal("2.00", 2).exact);
  CHECK(locate_decimal("-0.001", 2).floor == -1);
  CHECK(locate_decimal("0.001", 2).floor == 0);
  CHECK(locate_decimal("9223372036854775807", 0).floor == INT64_MAX);
  CHECK(locate_decimal("9223372036854775808", 0).beyond == 1);
  CHECK(locate_decimal("-9223372036854775808", 0).floor == INT64_MIN);
  CHECK(locate_decimal("-9223372036854775808", 0).exact);
  CHECK(locate_decimal("-9223372036854775808.5", 0).beyond == -1);
  CHECK(locate_decimal("-9223372036854775809", 0).beyond == -1);
  CHECK(locate_decimal("1e30", 2).beyond == 1);
  CHECK(locate_decimal("-1e30", 2).beyond == -1);
}

TEST_CASE("decimal: is written with its scale", "[base]") {
  CHECK(written(4550, 2) == "45.50");
  CHECK(written(5, 2) == "0.05");
  CHECK(written(-5, 2) == "-0.05");
  CHECK(written(0, 2) == "0.00");
  CHECK(written(0, 0) == "0");
  CHECK(written(-12, 0) == "-12");
  CHECK(written(999999999999999999, 18) == "0.999999999999999999");
}

TEST_CASE("timestamp: any offset comes out as UTC with milliseconds", "[base]") {
  CHECK(wire("2026-11-23T04:05:06Z") == "2026-11-23T04:05:06.000Z");
  CHECK(wire("2026-11-23t04:05:06.7z") == "2026-11-23T04:05:06.700Z");
  CHECK(wire("2026-01-01T00:30:00+01:00") == "2025-12-31T23:30:00.000Z");
  CHECK(wire("2026-01-01T00:30:00-00:00") == "2026-01-01T00:30:00.000Z");
  CHECK(wire("0001-01-01T00:00:00Z") == "0001-01-01T00:00:00.000Z");
  CHECK(wire("2024-02-29T00:00:00.123000Z") == "2024-02-29T00:00:00.123Z");
}

TEST_CASE("timestamp: what RFC 3339 or the product does not admit is refused", "[base]") {
  for (const char* bad : {"2026-11-23 04:05:06Z", "2026-11-23T04:05:60Z", "2026-11-23T04:05:06.1234Z", "2026-02-29T00:00:00Z",
                          "2026-11-23T04:05:06", "2026-11-23T24:00:00Z", "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "",
                          "2026-11-23T04:05:06.Z", "2026-11-23T04:05:06Z ", "2026-11-23T04:05:06+24:00"}) {
    CHECK(wire(bad) == "refused");
  }
  CHECK(is_date("2024-02-29"));
  CHECK_FALSE(is_date("2023-02-29"));
  CHECK_FALSE(is_date("2024-2-29"));
  CHECK_FALSE(is_date("0000-01-01"));
}

TEST_CASE("id: UUIDs of one source ascend, also within a millisecond", "[base]") {
  IdSource ids;
  std::string last = ids.uuid(1'700'000'000'000);
  for (int i = 0; i < 10'000; ++i) {
    const std::string next = ids.uuid(1'700'000'000'000 + i / 5000);
    REQUIRE(next > last);
    REQUIRE(parse_uuid(next) == next);
    REQUIRE(next[14] == '7');
    last = next;
  }
}

TEST_CASE("id: either case is accepted and lower case is kept", "[base]") {
  CHECK(parse_uuid("0190F5A0-0000-7ABC-8000-0123456789AB") == "0190f5a0-0000-7abc-8000-0123456789ab");
  CHECK_FALSE(parse_uuid("0190f5a0-0000-7abc-8000-0123456789a"));
  CHECK_FALSE(parse_uuid("0190f5a000-00-7abc-8000-0123456789ab"));
  CHECK(parse_object_id("507F1F77BCF86CD799439011") == "507f1f77bcf86cd799439011");
  CHECK_FALSE(parse_object_id("507f1f77bcf86cd79943901g"));
  CHECK(is_text_id("a.b_c~d-9"));
  for (const char* bad : {"", "count", "search", ".", "..", "a/b", "é"}) CHECK_FALSE(is_text_id(bad));
}

TEST_CASE("hash: base 64 comes back, and damage is noticed", "[base]") {
  const std::string bytes("\0\xff\x10 any", 7);
  std::string back;
  REQUIRE(decode_base64url(encode_base64url(bytes), back));
  CHECK(back == bytes);
  CHECK_FALSE(decode_base64url("a*b", back));
  const SecretKey key = random_key();
  CHECK(equal_in_constant_time(authentication_tag(key, "m"), authentication_tag(key, "m")));
  CHECK_FALSE(equal_in_constant_time(authentication_tag(key, "m"), authentication_tag(key, "n")));
  CHECK_FALSE(equal_in_constant_time("a", "ab"));
}

TEST_CASE("unicode: text is counted, trimmed and lowered by code point", "[base]") {
  CHECK(count_code_points("é𝄞a") == 3);
  CHECK(trim("\u00a0\ufeff a b \u2003") == "a b");
  CHECK(trim(" \t ").empty());
  CHECK(to_lower("ÉCOLE İ") == "école i");
  CHECK(is_plain_text("é𝄞"));
  CHECK_FALSE(is_plain_text(std::string_view("a\0b", 3)));
  CHECK_FALSE(is_plain_text("\xed\xa0\x80"));
  CHECK_FALSE(is_plain_text("\xc0\xaf"));
}
