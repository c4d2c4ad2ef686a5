#include "query/sort_order.h"

#include <catch2/catch.hpp>

#include "query/testing_filter_text.h"
#include "query/testing_model.h"

using namespace holdfast;

namespace {

const Model kModel = testing::wide_model();

std::string ordered(std::string_view sort_by, std::optional<std::string_view> sort_order = {}) {
  const auto requested = parse_sort_by(kModel, sort_by);
  if (!requested) return testing::text_of(requested.error());
  const auto sort = total_order(*requested, sort_order);
  return sort ? sort_text(kModel, *sort) : testing::text_of(sort.error());
}

}  // namespace

TEST_CASE("sort: without signs every key takes sortOrder, which is desc unless said", "[query]") {
  CHECK(ordered("price") == "-price,-id");
  CHECK(ordered("price,name") == "-price,-name,-id");
  CHECK(ordered("price,name", "desc") == "-price,-name,-id");
  CHECK(ordered("price,name", "asc") == "+price,+name,+id");
}

TEST_CASE("sort: one sign anywhere makes unsigned keys ascend", "[query]") {
  CHECK(ordered("price,-createdAt") == "+price,-createdAt,-id");
  CHECK(ordered("-price,name") == "-price,+name,+id");
  CHECK(ordered("+price") == "+price,+id");
  CHECK(ordered(" price,-name, count") == "+price,-name,+count,+id");
  CHECK(ordered("-price", "asc") ==
        "invalid_parameter: `sortOrder` cannot stand beside a sort whose keys carry signs; sign every key instead.");
}

TEST_CASE("sort: the id makes the order total and ends it", "[query]") {
  CHECK(ordered("id") == "-id");
  CHECK(ordered("id,price") == "-id");
  CHECK(ordered("-price,id,name") == "-price,+id");
  CHECK(ordered("id,prise").starts_with("invalid_parameter: `sortBy` must name fields"));
}

TEST_CASE("sort: unknown, repeated, empty and array keys are refused", "[query]") {
  CHECK(ordered("prise") == "invalid_parameter: `sortBy` must name fields of `items`; got \"prise\". Did you mean `price`?");
  CHECK(ordered("price,-price") == "invalid_parameter: `sortBy` names `price` twice.");
  CHECK(ordered("tags") == "invalid_parameter: `sortBy` cannot sort by `tags`: it is an array.");
  for (const char* text : {"", ",", "price,", "-", "price,,name", " "}) {
    CAPTURE(text);
    CHECK(ordered(text).starts_with("invalid_parameter: `sortBy` has an empty key"));
  }
  CHECK(ordered("--price").starts_with("invalid_parameter: `sortBy` must name fields"));
  CHECK(ordered("price", "ASC") == "invalid_parameter: `sortOrder` must be `asc` or `desc`; got \"ASC\".");
  CHECK(ordered("price", "") == "invalid_parameter: `sortOrder` must be `asc` or `desc`; got \"\".");
}

TEST_CASE("sort: by members of objects and by references, not by what has no order", "[query]") {
  const Model nested = testing::orders_model();
  const auto sorted = [&](std::string_view sort_by) {
    const auto requested = parse_sort_by(nested, sort_by);
    return requested ? sort_text(nested, *total_order(*requested, {})) : testing::text_of(requested.error());
  };
  CHECK(sorted("address.city,-address.place.latitude") == "+address.city,-address.place.latitude,-id");
  CHECK(sorted("owner,batch") == "-owner,-batch,-id");
  CHECK(sorted("address") == "invalid_parameter: `sortBy` cannot sort by `address`: it is an object.");
  CHECK(sorted("address.place") == "invalid_parameter: `sortBy` cannot sort by `address.place`: it is an object.");
  CHECK(sorted("address.phones") == "invalid_parameter: `sortBy` cannot sort by `address.phones`: it is an array.");
  CHECK(sorted("meta") == "invalid_parameter: `sortBy` cannot sort by `meta`: it is free-form JSON.");
  CHECK(sorted("lines") == "invalid_parameter: `sortBy` cannot sort by `lines`: it is an array.");
  CHECK(sorted("secret") == "invalid_parameter: `sortBy` must name fields of `orders`; got \"secret\".");
  CHECK(sorted("vault.pin") == "invalid_parameter: `sortBy` must name fields of `orders`; got \"vault.pin\".");
  CHECK(sorted("address.citi").ends_with("Did you mean `address.city`?"));
}
