#pragma once
// The values of one scenario: a few for each field, so that records, references and requests meet; and bodies made of them.

#include <map>
#include <string>
#include <vector>

#include "engine/testing/random.h"
#include "model/model.h"

namespace holdfast::testing {

class ValuePool {
 public:
  // `random` and the catalog must outlive the pool.
  ValuePool(Random& random, const Catalog& catalog);

  // As in a URL; by ordinal, nested ones too. Of arrays: their elements. Of what is no scalar: none.
  const std::vector<std::string>& of(const Model& model, std::size_t ordinal) const { return pools_.at(&model)[ordinal]; }
  const std::vector<std::string>& ids(const Model& model) const { return of(model, 0); }

  // A value of the field as JSON: null now and then, members left out. In a patch more is left out and null removes.
  std::string json(const Model& model, std::size_t ordinal, bool patch) const;

 private:
  std::vector<std::string> pool(const Catalog& catalog, const Model& model, std::size_t ordinal) const;
  std::string object_json(const Model& model, std::size_t ordinal, bool patch) const;
  std::string array_json(const Field& element, const std::vector<std::string>& pool) const;

  Random& random_;
  std::map<const Model*, std::vector<std::vector<std::string>>> pools_;
};

}  // namespace holdfast::testing
