#include "engine/postgres/codec.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <limits>

#include "engine/postgres/numeric.h"
#include "engine/testing/fixture.h"

using namespace holdfast;
using namespace holdfast::postgres;

namespace {

const Model& things() {
  static const Catalog catalog = testing::catalog_of({{"people", "type: object\nproperties: { name: { type: string } }\n"}, {"things", R"(
type: object
properties:
  text:    { type: string }
  integer: { type: integer }
  number:  { type: number }
  decimal: { type: number, decimal: [18, 3] }
  flag:    { type: boolean }
  at:      { type: string, format: date-time }
  day:     { type: string, format: date }
  tags:    { type: array, items: { type: string } }
  sums:    { type: array, items: { type: number, decimal: [18, 2] } }
  object:  { type: object, properties: { cost: { type: number, decimal: [18, 2] }, name: { type: string } } }
  free:    { type: object, additionalProperties: true }
  owner:   { ref: people }
)"}});
  return *catalog.find("things");
}

const Field& field(const char* name) {
  return things().fields[things().ordinal(name).value()];
}

std::string hex(std::string_view bytes) {
  std::string out;
  for (const char byte : bytes) out += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return out;
}

// Type and bytes of a value of the field, and that the same value is read back.
std::string sent(const char* name, const Value& value) {
  const Parameter parameter = encode({&field(name), value});
  REQUIRE(parameter.bytes);
  CHECK(read_value(field(name), parameter.type, *parameter.bytes) == value);
  return fmt::format("{} {}", parameter.type, hex(*parameter.bytes));
}

// What the bytes of numeric become at scale 2; Absent: -1.
Value numeric(std::vector<std::uint16_t> shorts) {
  std::string bytes;
  for (const std::uint16_t number : shorts) bytes.append({static_cast<char>(number >> 8), static_cast<char>(number & 0xff)});
  return read_numeric(bytes, 2);
}

constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kSmallest = std::numeric_limits<std::int64_t>::min();

}  // namespace

TEST_CASE("postgres codec: scalars as PostgreSQL sends them", "[engine]") {
  CHECK(sent("text", testing::text("é")) == "25 c3a9");
  CHECK(sent("text", testing::text("")) == "25 ");
  CHECK(sent("integer", testing::integer(-2)) == "20 fffffffffffffffe");
  CHECK(sent("integer", testing::integer(kSmallest)) == "20 8000000000000000");
  CHECK(sent("number", Value(1.5)) == "701 3ff8000000000000");
  CHECK(sent("flag", Value(true)) == "16 01");
  CHECK(sent("at", testing::integer(946'684'800'001)) == "1184 00000000000003e8");
  CHECK(sent("at", testing::integer(-62'135'596'800'000)) == "1184 ff1fe2ffc59c6000");
  CHECK(sent("at", testing::integer(253'402'300'799'999)) == "1184 0380e70b913b7c18");
  CHECK(sent("day", testing::text("2000-01-02")) == "1082 00000001");
  CHECK(sent("day", testing::text("1999-12-31")) == "1082 ffffffff");
  CHECK(sent("day", testing::text("0001-01-01")) == "1082 fff4dbf9");
  CHECK(sent("day", testing::text("9999-12-31")) == "1082 002c95d3");
  CHECK(sent("id", testing::text("01234567-89ab-cdef-0123-456789abcdef")) == "2950 0123456789abcdef0123456789abcdef");
  CHECK(sent("owner", testing::text("01234567-89ab-cdef-0123-456789abcdef")) == "2950 0123456789abcdef0123456789abcdef");
}

TEST_CASE("postgres codec: decimals are numeric, digit by digit", "[engine]") {
  CHECK(sent("decimal", testing::integer(0)) == "1700 0000000000000003");
  CHECK(sent("decimal", testing::integer(1)) == "1700 0001ffff00000003000a");
  CHECK(sent("decimal", testing::integer(-12'345'678'901)) == "1700 000300014000000304d2162e2332");
  CHECK(sent("decimal", testing::integer(10'000'000)) == "1700 00010001000000030001");
  CHECK(sent("decimal", testing::integer(999'999'999'999'999'999)) == "1700 000500030000000303e7270f270f270f2706");
  for (std::int64_t units = 1; units < kLargest / 7; units = units * 7 + 3) {
    for (int scale = 0; scale <= 18; ++scale) {
      std::string bytes;
      append_numeric(bytes, -units, scale);
      CHECK(read_numeric(bytes, scale) == testing::integer(-units));
    }
  }
  for (const std::int64_t units : {kLargest, kSmallest}) {
    std::string bytes;
    append_numeric(bytes, units, 2);
    CHECK(read_numeric(bytes, 2) == testing::integer(units));
  }
}

TEST_CASE("postgres codec: a numeric that is no count of units is of another type", "[engine]") {
  CHECK(numeric({1, 0, 0, 1, 15}) == testing::integer(1500));      // others may write fewer digits behind the point
  CHECK(numeric({2, 0, 0, 4, 1, 5000}) == testing::integer(150));  // or more, when they are zeros
  CHECK(numeric({2, 0, 0, 4, 1, 5010}).is_absent());               // 1.501
  CHECK(numeric({1, 0xffff, 0, 2, 100}) == testing::integer(1));   // 0.01
  CHECK(numeric({1, 0xfffe, 0, 8, 1}).is_absent());                // 0.00000001
  CHECK(numeric({1, 4, 0, 0, 9}) == testing::integer(9'0000'0000'0000'0000 * 100));
  CHECK(numeric({1, 4, 0, 0, 1000}).is_absent());  // 10^19
  CHECK(numeric({1, 30000, 0, 0, 1}).is_absent());
  CHECK(numeric({0, 0, 0xc000, 0}).is_absent());  // NaN
  CHECK(numeric({0, 0, 0xd000, 0}).is_absent());  // Infinity
  CHECK(numeric({2, 0, 0, 0, 1}).is_absent());    // cut short
  CHECK(read_numeric("", 2).is_absent());
}

TEST_CASE("postgres codec: arrays are native, objects jsonb with decimals as plain numbers", "[engine]") {
  CHECK(sent("tags", testing::texts({})) == "1009 000000000000000000000019");
  CHECK(sent("tags", testing::texts({"a", ""})) == "1009 0000000100000000000000190000000200000001000000016100000000");
  CHECK(sent("sums", Value(Value::Array{testing::integer(150)})) ==
        "1231 0000000100000000000006a400000001000000010000000c000200000000000200011388");
  const Value object(Value::Array{testing::integer(1'234'567'890'123'456'785), Value(Null{})});
  CHECK(encode({&field("object"), object}).bytes == "\1{\"cost\":12345678901234567.85,\"name\":null}");
  CHECK(sent("object", object).starts_with("3802 01"));
  CHECK(encode({&field("free"), testing::text("{\"a\":1}")}).bytes == "\1{\"a\":1}");
  CHECK(encode_json("{}").bytes == "\1{}");
  CHECK(read_json("\1{}") == "{}");
  CHECK(read_json("\2{}").empty());
}

TEST_CASE("postgres codec: jsonb comes back as canonical text, whatever its order and spelling there", "[engine]") {
  CHECK(read_value(field("free"), 3802, "\1{\"b\": 1, \"aa\": 1000000000000000000000000}") == testing::text(R"({"aa":1e+24,"b":1})"));
  CHECK(read_value(field("object"), 3802, "\1{\"name\": \"x\", \"other\": 1, \"cost\": 1.5}") ==
        Value(Value::Array{testing::integer(150), testing::text("x")}));
  CHECK(read_value(field("object"), 3802, "\1{\"cost\": 1.555}").is_absent());
  CHECK(read_value(field("object"), 3802, "\1[]").is_absent());
}

TEST_CASE("postgres codec: null has the type of its field, and lists are arrays of it", "[engine]") {
  for (const auto& [name, type] :
       std::vector<std::pair<const char*, Oid>>{{"text", 25}, {"tags", 1009}, {"object", 3802}, {"owner", 2950}}) {
    const Parameter parameter = encode({&field(name), Value(Null{})});
    CHECK(parameter.type == type);
    CHECK_FALSE(parameter.bytes);
  }
  CHECK(encode({nullptr, Value(Null{})}).type == 0);
  CHECK(encode({&field("decimal"), Value(Value::Array{testing::integer(1)})}).type == 1231);
  CHECK(encode({nullptr, Value(Value::Array{testing::integer(1)})}).type == 1016);
  CHECK(encode({nullptr, testing::integer(11)}).type == 20);
  CHECK(encode_ids(things(), std::vector<Value>{testing::text("01234567-89ab-cdef-0123-456789abcdef")}).type == 2951);
}

TEST_CASE("postgres codec: a value of another type is none", "[engine]") {
  const std::string infinity = "\x7f\xff\xff\xff\xff\xff\xff\xff", none = std::string(8, '\0');
  CHECK(read_value(field("at"), 1184, infinity).is_absent());
  CHECK(read_value(field("day"), 1082, infinity.substr(0, 4)).is_absent());
  CHECK(read_value(field("number"), 701, std::string("\x7f\xf8", 2) + std::string(6, '\0')).is_absent());  // NaN
  CHECK(read_value(field("integer"), 701, none).is_absent());                                              // altered since the start
  CHECK(read_value(field("integer"), 23, none.substr(0, 4)).is_absent());
  CHECK(read_value(field("at"), 1184, std::string("\xff\xff\xff\xff\xff\xff\xff\xff", 8)) == testing::integer(946'684'799'999));
  const std::string head = std::string("\0\0\0\1\0\0\0\1\0\0\0\x19\0\0\0\1\0\0\0\1", 20);
  CHECK(read_value(field("tags"), 1009, head + "\xff\xff\xff\xff").is_absent());  // {NULL}
  CHECK(read_value(field("tags"), 1009, head).is_absent());                       // cut short
  CHECK(read_value(field("tags"), 1009, std::string("\0\0\0\2", 4) + head.substr(4)).is_absent());
}
