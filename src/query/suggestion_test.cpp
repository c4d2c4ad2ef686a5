#include "query/suggestion.h"

#include <catch2/catch.hpp>

using holdfast::suggestion;

TEST_CASE("suggestion: names what is a slip away, and nothing else", "[query]") {
  const std::vector<std::string_view> names{"price", "category", "createdAt", "limit", "id"};
  CHECK(suggestion("prise", names) == " Did you mean `price`?");
  CHECK(suggestion("pirce", names) == " Did you mean `price`?");
  CHECK(suggestion("CATEGORY", names) == " Did you mean `category`?");
  CHECK(suggestion("createdat", names) == " Did you mean `createdAt`?");
  CHECK(suggestion("categorie", names) == " Did you mean `category`?");
  CHECK(suggestion("banana", names).empty());
  CHECK(suggestion("", names).empty());
  CHECK(suggestion(std::string(8'000, 'p'), names).empty());
}
