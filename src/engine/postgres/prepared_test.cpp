#include "engine/postgres/prepared.h"

#include <catch2/catch.hpp>

using namespace holdfast::postgres;

namespace {

Query query(std::string text, std::vector<Oid> types = {}) {
  Query query{std::move(text), {}};
  for (const Oid type : types) query.parameters.push_back({type, {}});
  return query;
}

}  // namespace

TEST_CASE("prepared statements: a text is prepared once", "[engine]") {
  PreparedStatements prepared(2);
  const auto first = prepared.use(query("a"));
  CHECK(first.is_new);
  const std::string name = first.name;
  const auto second = prepared.use(query("a"));
  CHECK_FALSE(second.is_new);
  CHECK(second.name == name);
  CHECK_FALSE(second.stale);
}

TEST_CASE("prepared statements: other types of parameters want another preparation", "[engine]") {
  PreparedStatements prepared(2);
  const std::string name = prepared.use(query("a", {20})).name;
  const auto other = prepared.use(query("a", {25}));
  CHECK(other.is_new);
  CHECK(other.name != name);
  CHECK(other.stale == name);
  CHECK(prepared.size() == 1);
}

TEST_CASE("prepared statements: the one that was not used for longest goes", "[engine]") {
  PreparedStatements prepared(2);
  prepared.use(query("a"));
  const std::string b = prepared.use(query("b")).name;
  prepared.use(query("a"));
  CHECK(prepared.use(query("c")).stale == b);
  CHECK_FALSE(prepared.use(query("a")).is_new);
  CHECK(prepared.use(query("b")).is_new);
}

TEST_CASE("prepared statements: no name is given twice", "[engine]") {
  PreparedStatements prepared(2);
  const std::string first = prepared.use(query("a")).name;
  prepared.erase("a");
  const std::string second = prepared.use(query("a")).name;
  CHECK(second != first);
  prepared.clear();
  const auto third = prepared.use(query("a"));
  CHECK(third.is_new);
  CHECK(third.name != first);
  CHECK(third.name != second);
}
