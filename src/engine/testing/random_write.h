#pragma once
// Writes to all collections of one scenario, made by chance: most of them possible, some of them not.

#include <map>
#include <string>
#include <vector>

#include "engine/testing/random.h"
#include "engine/testing/scenario.h"
#include "engine/testing/value_pool.h"

namespace holdfast::testing {

class WriteMaker {
 public:
  // All must outlive the maker.
  WriteMaker(Random& random, const Catalog& catalog, const ValuePool& pool);

  // POST: a new record, one that may be there already (onConflict), or an Idempotency-Key sent again.
  Step create(const Model& model);
  // PUT (some of which create), PATCH, DELETE.
  Step change(const Model& model);

 private:
  using Members = std::vector<std::pair<std::string, std::string>>;

  Milliseconds next_time();
  std::string any_id(const Model& model) const;
  std::string made_id(const Model& model) const;
  std::string reference(const Model& model, std::size_t field, const std::string& own_id) const;
  void add_members(Step& step, const Model& model);
  void make_upsert(Step& step, const Model& model);

  Random& random_;
  const Catalog& catalog_;
  const ValuePool& pool_;
  std::map<const Model*, std::size_t> made_;              // how many ids were given
  std::map<const Model*, std::vector<Members>> created_;  // bodies
  std::vector<Step> keyed_;                               // with an Idempotency-Key
  Milliseconds now_;
};

}  // namespace holdfast::testing
