#include "app/dotenv.h"

#include <catch2/catch.hpp>
#include <string>

using namespace holdfast;

namespace {

std::string value_of(std::string_view line) {
  const auto parsed = parse_dotenv(line, ".env");
  REQUIRE(parsed.faults.empty());
  REQUIRE(parsed.entries.size() == 1);
  return parsed.entries.front().value;
}

std::string fault_of(std::string_view text) {
  const auto parsed = parse_dotenv(text, "shop/.env");
  REQUIRE(parsed.faults.size() == 1);
  return parsed.faults.front();
}

}  // namespace

TEST_CASE(".env: reads names and values, with comments, export, spaces and line endings of Windows", "[app]") {
  const auto parsed = parse_dotenv("\xEF\xBB\xBF# a comment\r\n\r\nPORT=80\r\n  export HOST = ::1  # here\n\tA_1=\n", ".env");
  CHECK(parsed.faults.empty());
  REQUIRE(parsed.entries.size() == 3);
  CHECK(parsed.entries[0].name == "PORT");
  CHECK(parsed.entries[0].value == "80");
  CHECK(parsed.entries[0].line == 3);
  CHECK(parsed.entries[1].name == "HOST");
  CHECK(parsed.entries[1].value == "::1");
  CHECK(parsed.entries[2].value == "");
}

TEST_CASE(".env: a # begins a comment only behind a space", "[app]") {
  CHECK(value_of("A=one#two") == "one#two");
  CHECK(value_of("A=one #two") == "one");
  CHECK(value_of("A=#two") == "");
  CHECK(value_of("A=b=c") == "b=c");
}

TEST_CASE(".env: quotes keep spaces and comments, and only double ones know escapes", "[app]") {
  CHECK(value_of("A=' one # two '") == " one # two ");
  CHECK(value_of("A='a\\nb'") == "a\\nb");
  CHECK(value_of(R"(A="a\nb\"c\\d\$e\x" # comment)") == "a\nb\"c\\d$e\\x");
  CHECK(value_of("A=\"\"") == "");
  CHECK(value_of("A=it's") == "it's");
}

TEST_CASE(".env: expands nothing", "[app]") {
  CHECK(value_of("A=$HOME/${X}") == "$HOME/${X}");
  CHECK(value_of("A=\"$HOME\"") == "$HOME");
}

TEST_CASE(".env: names the line of what it cannot read, and never repeats a value", "[app]") {
  CHECK(fault_of("\nsecret value\n") == "shop/.env:2: expected NAME=VALUE.");
  CHECK(fault_of("1A=secret") == "shop/.env:1: expected NAME=VALUE.");
  CHECK(fault_of("A B=secret") == "shop/.env:1: expected NAME=VALUE.");
  CHECK(fault_of("=secret") == "shop/.env:1: expected NAME=VALUE.");
  CHECK(fault_of("A='secret") == "shop/.env:1: A: the quote is not closed on this line.");
  CHECK(fault_of("A=\"secret\\\"") == "shop/.env:1: A: the quote is not closed on this line.");
  CHECK(fault_of("A='secret' more") == "shop/.env:1: A: something follows the closing quote; put the whole value in quotes.");
}

TEST_CASE(".env: refuses a name that is set twice", "[app]") {
  const auto parsed = parse_dotenv("A=1\nB=2\nA=3\n", ".env");
  REQUIRE(parsed.faults.size() == 1);
  CHECK(parsed.faults.front() == ".env:3: A is set on line 1 already; keep one of the two.");
  REQUIRE(parsed.entries.size() == 2);
  CHECK(parsed.entries[0].value == "1");
}
