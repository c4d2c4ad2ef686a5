#include "model/loader_storage.h"

#include <catch2/catch.hpp>

#include "model/loader_rows.h"
#include "model/storage_names.h"

namespace holdfast {

namespace {

const std::string kIntegers = "type: object\nproperties:\n";

std::string integers(std::initializer_list<const char*> names) {
  std::string text = kIntegers;
  for (const char* name : names) text += std::string("  ") + name + ": { type: integer }\n";
  return text;
}

std::string tags(const std::string& name) {
  return kIntegers + "  " + name + ": { type: array, items: { type: string, maxLength: 50 } }\n";
}

// As `objections` (model/loader_rows.h), of models that are sound each for itself.
std::string collisions(std::initializer_list<LoaderRow> rows) {
  std::string text;
  for (const auto& row : rows) {
    std::string yaml = row.yaml;
    const std::string place = take_mark(yaml);
    const std::string faults = faults_of(load_model_text("things", yaml));
    const bool as_told = faults.starts_with("models/things.yaml:" + place + ": " + row.fault) && faults.find('\n') == faults.size() - 1;
    const bool expected = std::string(row.fault).empty() ? faults.empty() : as_told;
    if (!expected) text += std::string("\n") + row.sentence + "\n  is: " + faults;
  }
  return text;
}

}  // namespace

TEST_CASE("loader: indexes and unique keys of one collection have names of their own", "[model]") {
  const std::string long_name(50, 'a');
  const std::string wrong = collisions({
      {"a key of a field and one of two fields",
       kIntegers + "  a: { type: integer }\n  b: { type: integer }\n"
                   "  a__b: { type: integer, unique: true }\nunique: [§[a, b]]\n",
       "the unique key [a, b] would be called `uq_things__a__b` in the database, as the unique key [a__b] is. Give one of their fields "
       "another name with `column:`."},
      {"a column that says so",
       kIntegers + "  a: { type: integer }\n  b: { type: integer }\n"
                   "  c: { type: integer, column: a__b, unique: true }\nunique: [§[a, b]]\n",
       "the unique key [a, b] would be called `uq_things__a__b`"},
      {"two keys", integers({"a", "b__c", "a__b", "c"}) + "unique: [[a, b__c], §[a__b, c]]\n",
       "the unique key [a__b, c] would be called `uq_things__a__b__c` in the database, as the unique key [a, b__c] is."},
      {"two indexes", integers({"a", "b__c", "a__b", "c"}) + "indexes: [[a, b__c], §[a__b, c]]\n",
       "the index [a__b, c] would be called `ix_things__a__b__c` in the database, as the index [a, b__c] is."},
      {"a descending index", integers({"a", "b", "b_desc"}) + "indexes: [[a, -b], §[a, b_desc]]\n",
       "the index [a, b_desc] would be called `ix_things__a__b_desc` in the database, as the index [a, -b] is."},
      {"paths that capitals alone tell apart",
       kIntegers + "  o: { type: object, properties: { xY: { type: integer }, xy: { type: integer } } }\nindexes: [[o.xY], §[o.xy]]\n",
       "the index [o.xy] would be called `ix_things__o.xy`"},
      {"MongoDB's names", integers({"a", "b", "a_1_b"}) + "indexes: [[a, b], §[a_1_b]]\n",
       "the index [a_1_b] would be called `a_1_b_1__id_1` in the database, as the index [a, b] is."},
      {"MongoDB's names of keys",
       kIntegers + "  a: { type: integer }\n  b: { type: integer }\n"
                   "  a_1_b: { type: integer, unique: true }\nunique: [§[a, b]]\nrequired: [a, b]\n",
       "the unique key [a, b] would be called `a_1_b_1` in the database, as the unique key [a_1_b] is."},
      {"MongoDB's names of keys that may hold null",
       kIntegers + "  a: { type: integer }\n  b: { type: integer }\n"
                   "  a_1_b: { type: integer, unique: true }\nunique: [[a, b]]\n",
       ""},
      {"fields that MongoDB tells apart by capitals", integers({"aB", "ab"}) + "indexes: [[aB], [ab]]\n", ""},
      {"the same fields in another order", integers({"a", "b"}) + "indexes: [[a, b], [b, a], [a, -b], [a]]\nunique: [[a, b]]\n", ""},
      {"long names, which are cut",
       integers({"a", "b"}) + "  " + long_name + "x: { type: integer }\n  " + long_name + "y: { type: integer }\nindexes: [[" + long_name +
           "x, a], [" + long_name + "y, a]]\n",
       ""},
  });
  CHECK(wrong == "");
}

TEST_CASE("loader: what is kept beside the tables of two collections has names of its own", "[model]") {
  const auto faults = [](const ModelTexts& files) { return faults_of(load_model_texts(files)); };
  CHECK(
      faults(
          {{"a", integers({"b", "c"}) + "unique: [[b, c]]\n"}, {"x", kIntegers + "  c: { type: integer, unique: true }\ntable: a__b\n"}}) ==
      "models/x.yaml:3:31: the unique key [c] would be called `uq_a__b__c` in the database, as the unique key [b, c] of models/a.yaml is. "
      "Give one of the two collections another name with `table:`.\n");
  CHECK(faults({{"a", tags("b_c") + "indexes: [[b_c]]\n"}, {"a-b", tags("c") + "indexes: [[c]]\n"}}) ==
        "models/a-b.yaml:4:11: the table of the index [c] would be called `_hf_a_b_c` in the database, as the table of the index [b_c] of "
        "models/a.yaml is. Give one of the two collections another name with `table:`.\n");
  CHECK(faults({{"a", tags("b_c")}, {"a-b", tags("c") + "indexes: [[c]]\n"}}) == "");
  const std::string searched = kIntegers + "  s: { type: string }\nsearch: { fields: [s] }\n";
  CHECK(faults({{"a", searched}, {"a-", tags("search") + "indexes: [[search]]\n"}}) ==
        "models/a-.yaml:4:11: the table of the index [search] would be called `_hf_a__search` in the database, as the table of the search "
        "of models/a.yaml is. Give one of the two collections another name with `table:`.\n");
  CHECK_THAT(faults({{"a", searched}, {"a-", tags("search_data") + "indexes: [[search_data]]\n"}}),
             Catch::StartsWith("models/a-.yaml:4:11: the table of the index [search_data] would be called `_hf_a__search_data`"));
  CHECK_THAT(
      faults({{"a", integers({"b"}) + "indexes: [[b]]\n"}, {"x", integers({"b"}) + "table: ix_a__b\n"}}),
      Catch::StartsWith("models/a.yaml:4:11: the index [b] would be called `ix_a__b` in the database, as the table of models/x.yaml"));
}

TEST_CASE("loader: names of two schemas do not meet", "[model]") {
  const std::string indexed = integers({"b"}) + "indexes: [[b]]\ntable: t\nschema: ";
  CHECK(faults_of(load_model_texts({{"one", indexed + "s1\n"}, {"two", indexed + "s2\n"}})) == "");
  CHECK(faults_of(load_model_texts({{"one", indexed + "s1\n"}, {"two", indexed + "s1\n"}})) ==
        "models/two.yaml:1:1: models/one.yaml is stored in the table `t` too. Name another one with `table:`.\n");
}

TEST_CASE("storage names: those of existing databases stay what they are", "[model]") {
  const Model model = model_of(integers({"price", "inStock"}));
  CHECK(object_name("ix", model, {{"price"}, {"in_stock", true}}) == "ix_things__price__in_stock_desc");
  CHECK(object_name("uq", model, {{"price"}}) == "uq_things__price");
  CHECK(object_name("ix", model, {{std::string(60, 'a')}}) == "ix_things__aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_3a02c764");
  CHECK(side_table_name(model, 2) == "_hf_things_in_stock");
  CHECK(search_table_name(model) == "_hf_things__search");
}

}  // namespace holdfast
