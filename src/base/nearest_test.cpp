#include "base/nearest.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace holdfast;

TEST_CASE("nearest: a letter more, less, another or swapped, and case, are slips", "[base]") {
  const std::vector<std::string_view> names{"price", "category", "createdAt", "maxLength", "minLength", "id"};
  const std::vector<std::pair<std::string_view, std::string_view>> rows{
      {"price", "price"},         {"pprice", "price"},         {"prce", "price"},          {"prise", "price"},
      {"pirce", "price"},         {"CATEGORY", "category"},    {"createdat", "createdAt"}, {"categorie", "category"},
      {"maxLenght", "maxLength"}, {"max_length", "maxLength"}, {"minlength", "minLength"}, {"di", "id"},
  };
  for (const auto& [name, meant] : rows) CHECK(nearest_name(name, names) == meant);
  CHECK(did_you_mean("pirce", names) == " Did you mean `price`?");
}

TEST_CASE("nearest: nothing is near to a strange, an empty or an endless word", "[base]") {
  const std::vector<std::string_view> names{"serve", "validate", "doctor", "id"};
  for (const char* name : {"migrate", "x", "banana", ""}) CHECK(nearest_name(name, names).empty());
  CHECK(nearest_name(std::string(8'000, 's'), names).empty());
  CHECK(nearest_name("serve", {}).empty());
  CHECK(did_you_mean("banana", names).empty());
}

TEST_CASE("nearest: the first of the equally near is taken, a nearer one before all", "[base]") {
  const std::vector<std::string_view> names{"minimum", "maximum", "mixinum"};
  CHECK(nearest_name("mixinum", names) == "mixinum");
  const std::vector<std::string_view> equal{"bold", "cold"};
  CHECK(nearest_name("gold", equal) == "bold");
}
