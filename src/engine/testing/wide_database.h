#pragma once
// For tests of the largest questions that the planner admits: an opened engine with one collection, `items`, of many fields, and what its
// lists answer.

#include "engine/testing/database.h"

namespace holdfast::testing {

// `items`: text ids, the arrays `tags` (indexed) and `keys`, the integers size0, size1 and so on. `keywords` and `fields`: further YAML.
Catalog wide_catalog(int sizes, const std::string& keywords = "", const std::string& fields = "");

class WideDatabase : public TestDatabase {
 public:
  using TestDatabase::TestDatabase;

  const Model& items() const { return model("items"); }
  void add(const std::string& id, Values values) { fill({create("items", id, std::move(values))}); }
  Filter on(const char* field, Operator op, std::vector<Value> operands) const;

  // One after the other; or what was wrong.
  std::string ids(const ListPlan& plan);
  std::string ids(Filter filter);
  std::string ids(const std::string& filter);
};

// What follows the record `a` in the order of every size, each second one descending. All its sizes are null, but the last one is 7.
ListPlan after_a(const Model& items, int sizes, bool first_descends, bool last_size_first);

// `size0 = 1 or (size1 = 0 and (…` so deep, `leaf` in the middle.
std::string nested(int depth, const std::string& opening, const std::string& leaf);
// `leaf` in two equal halves at each level: whichever is written second has the other to its left.
std::string halved(int depth, const std::string& leaf);

}  // namespace holdfast::testing
