#pragma once
// Requests into plans: Parameters × Catalog → Plan. Pure. Nothing that a client sends is ignored: what is unknown is refused by name.
//
// Threads: const members from any. Cost: about 0.2 µs for a list without parameters.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/hash.h"
#include "query/cursor.h"
#include "query/parameters.h"
#include "query/plan.h"
#include "query/sort_order.h"

namespace holdfast {

// A finder whose `where` or `sortBy` does not hold, found when the planner is made.
struct FinderFault {
  const Model* model;
  Mark mark;
  std::string message;
};

class Planner {
 public:
  // Compiles all finders; those that do not compile are in faults(), and must not be asked for. The catalog must outlive the planner.
  Planner(const Catalog& catalog, const SecretKey& cursor_key);

  const std::vector<FinderFault>& faults() const noexcept { return faults_; }

  // GET /api/<collection>
  Result<ListPlan> list(const Model& model, std::span<const Parameter> parameters) const;
  // GET /api/<collection>/<finder>/<value>
  Result<ListPlan> find_by(const Model& model, const Finder& finder, std::string_view value, std::span<const Parameter> parameters) const;
  // GET /api/<collection>/search?q=: takes what lists take. By rank unless `sortBy` is given. Of a model with `search` only.
  Result<ListPlan> search(const Model& model, std::span<const Parameter> parameters) const;
  // GET /api/<collection>/count: filters only.
  Result<CountPlan> count(const Model& model, std::span<const Parameter> parameters) const;
  // GET /api/<collection>/<id>: takes `fields` only. Ascending ordinals with the id; nothing: all fields.
  Result<std::optional<std::vector<std::size_t>>> item_fields(const Model& model, std::span<const Parameter> parameters) const;
  // A POST takes `onConflict`, which names a declared unique key, its fields in any order: their ordinals, as the key has them. Other
  // writes take none.
  Result<std::optional<std::vector<std::size_t>>> write_parameters(const Model& model, std::span<const Parameter> parameters,
                                                                   bool post) const;

  // The cursor of the page that follows `last`; empty when the sort cannot be continued. `last_rank`, `last_place`: of the Listing.
  std::string next_cursor(const ListPlan& plan, const Record& last, std::string_view last_rank, std::string_view last_place = {}) const;

 private:
  struct CompiledFinder {
    Filter where;
    RequestedSort sort;
  };

  void compile(const Model& model, const Finder& finder);

  SecretKey cursor_key_;
  std::unordered_map<const Finder*, CompiledFinder> finders_;
  std::vector<FinderFault> faults_;
};

}  // namespace holdfast
