#include "app/nearest.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace holdfast;

TEST_CASE("nearest: counts inserted, removed, changed and swapped letters as one edit each", "[app]") {
  CHECK(edit_distance("port", "port") == 0);
  CHECK(edit_distance("prot", "port") == 1);
  CHECK(edit_distance("por", "port") == 1);
  CHECK(edit_distance("porrt", "port") == 1);
  CHECK(edit_distance("pork", "port") == 1);
  CHECK(edit_distance("", "port") == 4);
  CHECK(edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("nearest: suggests nothing for a word that resembles nothing", "[app]") {
  const std::vector<std::string> names{"serve", "validate", "doctor"};
  CHECK(plausible_name("serv", names) == "serve");
  CHECK(plausible_name("validat", names) == "validate");
  CHECK(plausible_name("migrate", names) == "");
  CHECK(nearest_name("migrate", names) == "serve");
  CHECK(nearest_name("x", {}) == "");
  CHECK(plausible_name("x", {}) == "");
}
