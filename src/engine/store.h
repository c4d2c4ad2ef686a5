#pragma once
// What one loop may ask of a database. Owned by that loop; not thread-safe; every answer arrives on the loop.
//
// Plans are taken by reference and must outlive the awaited call. A submitted write is always finished and answered, also when its client
// has gone.

#include <cstdint>
#include <optional>
#include <vector>

#include "base/error.h"
#include "base/loop.h"
#include "query/plan.h"

namespace holdfast {

struct Listing {
  std::vector<Record> records;  // at most `limit`; fields outside a projection are Absent, save those of the sort
  bool has_more = false;
  std::optional<std::int64_t> total;  // of the whole filter, when asked
  std::string last_rank;              // of the last record, when the plan is by rank
  // Where the last record stands among others with its sort values, when the engine orders those by more than the id; in its own words.
  std::string last_place;
};

// The answer that an Idempotency-Key kept: enough to give it again.
struct KeptAnswer {
  int status = 201;  // 200: an upsert that changed a record
  std::string id;    // as in a URL
  std::int64_t revision = 0;
  std::string json;  // canonical
};

struct Written {
  std::optional<Record> before;  // replace, patch, remove
  std::optional<Record> after;   // create, replace, patch
  bool changed = true;
  bool created = false;                // a record was made
  std::optional<KeptAnswer> replayed;  // nothing was written: this key's first answer; before and after are missing
};

class Store {
 public:
  virtual ~Store() = default;

  // not_found.
  virtual awaitable<Result<Record>> find(const FindPlan& plan) = 0;
  // query_timeout, overloaded.
  virtual awaitable<Result<Listing>> list(const ListPlan& plan) = 0;
  virtual awaitable<Result<std::int64_t>> count(const CountPlan& plan) = 0;
  // In this order where several hold: idempotency_in_progress, idempotency_key_reused, not_found, validation_failed (claims, required
  // members of objects), reference_violation, precondition_failed, unique_violation. And storage_full, overloaded, database_unavailable.
  // Answers after the commit is durable.
  virtual awaitable<Result<Written>> write(WritePlan plan) = 0;
};

}  // namespace holdfast
