#pragma once
// Reads of one collection, made by chance: filters in both spellings, sorts, pages, counts and searches that mostly find something.

#include <string>
#include <vector>

#include "engine/testing/random.h"
#include "engine/testing/scenario.h"
#include "engine/testing/value_pool.h"
#include "query/condition_builder.h"

namespace holdfast::testing {

class ReadMaker {
 public:
  // Both must outlive the maker.
  ReadMaker(Random& random, const ValuePool& pool) : random_(random), pool_(pool) {}

  Step read(const Model& model);

 private:
  struct Chosen {
    std::size_t field;
    Comparison comparison;
    std::vector<std::string> values;
  };

  void add_filters(Step& step, const Model& model);
  void add_page(Step& step, const Model& model);
  void add_terms(Step& step, const Model& model);
  FilterText filter_text(const Model& model, std::size_t depth);
  std::string comparison_text(const Model& model);
  Parameter comparison_parameter(const Model& model);
  Chosen comparison(const Model& model);
  std::string operand(const Field& field, Comparison comparison, const std::vector<std::string>& pool);
  std::vector<std::string> sort_by(const Model& model);
  std::size_t any_field(const Model& model);

  Random& random_;
  const ValuePool& pool_;
};

}  // namespace holdfast::testing
