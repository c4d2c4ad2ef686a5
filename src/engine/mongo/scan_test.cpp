#include "engine/mongo/scan.h"

#include <catch2/catch.hpp>

#include "engine/mongo/testing/database.h"
#include "engine/testing/fixture.h"

using namespace holdfast;

namespace {

constexpr auto kAuthors = "type: object\nid: text\nproperties:\n  name: { type: string }\n";
constexpr auto kBooks = R"(
type: object
id: text
properties:
  title: { type: string }
  pages: { type: integer }
  label: { type: string, maxLength: 20 }
  size: { type: string, maxLength: 20 }
  author: { ref: authors }
search: { fields: [title], language: simple }
unique: [ [label, size] ]
)";

struct Shop {
  Shop() : catalog(testing::catalog_of({{"authors", kAuthors}, {"books", kBooks}})) {}

  ScannedCollection scanned(std::string_view name) const {
    for (auto& collection : mongo::scan(database.options(), catalog, [](const Model&, std::int64_t, std::int64_t) {})) {
      if (collection.model->name == name) return collection;
    }
    throw std::logic_error("no such collection");
  }

  testing::MongoDatabase database;
  const Catalog catalog;
};

}  // namespace

TEST_CASE("mongo scan: a database that is not there yet has no records", "[mongo]") {
  const Shop shop;
  CHECK(shop.scanned("books").is_sound());
  CHECK(shop.scanned("books").records == 0);
  CHECK(mongo::dangling(shop.database.options(), shop.catalog).empty());
}

TEST_CASE("mongo scan: lists every value that is of another type, by id and field, and reads past it", "[mongo]") {
  Shop shop;
  shop.database.run(R"({'insert': 'books', 'documents': [
    {'_id': 'one', 'pages': 12}, {'_id': 'two', 'pages': 'many', 'size': 7}, {'_id': 'three', 'pages': {'$numberDouble': '12.0'}}]})");
  const auto books = shop.scanned("books");
  CHECK(books.records == 3);
  REQUIRE(books.misfits == 2);
  CHECK(books.listed[0].id == "two");
  CHECK(books.listed[0].field == "pages");
  CHECK(books.listed[1].id == "two");
  CHECK(books.listed[1].field == "size");
}

TEST_CASE("mongo scan: counts search data and compound keys that other programs left out or made stale", "[mongo]") {
  Shop shop;
  shop.database.run(R"({'insert': 'books', 'documents': [
    {'_id': 'plain', '_hf': {'search': {'hash': {'$numberLong': '42'}}}},
    {'_id': 'keyless', 'label': 'a', 'size': 'b'},
    {'_id': 'stale', 'label': 'a', 'size': 'b', '_hf': {'unique': {'label,size': {'label': 'a', 'size': 'c'}}}}]})");
  const auto books = shop.scanned("books");
  CHECK(books.records == 3);
  CHECK(books.misfits == 0);
  CHECK(books.stale_search == 3);
  CHECK(books.stale_keys == 2);
}

TEST_CASE("mongo references: lists the records that refer to one that is not there, over several batches", "[mongo]") {
  Shop shop;
  shop.database.run(R"({'insert': 'authors', 'documents': [{'_id': 'ann'}]})");
  std::string documents;
  for (int i = 0; i < 1500; ++i) documents += "{'_id': '" + std::to_string(10'000 + i) + "', 'author': 'ann'}, ";
  shop.database.run("{'insert': 'books', 'documents': [" + documents +
                    "{'_id': 'dangling', 'author': 'bob'}, {'_id': 'free'}, {'_id': 'nothing', 'author': null}]}");
  const auto found = mongo::dangling(shop.database.options(), shop.catalog);
  REQUIRE(found.size() == 1);
  CHECK(found[0].reference.model->name == "books");
  CHECK(found[0].reference.target->name == "authors");
  CHECK(found[0].count == 1);
  REQUIRE(found[0].listed.size() == 1);
  CHECK(found[0].listed[0].id == "dangling");
  CHECK(found[0].listed[0].target == "bob");
}
