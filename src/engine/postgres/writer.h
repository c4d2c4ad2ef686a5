#pragma once
// The writes of one loop. Every one runs on a session of its own, so that they do not wait for each other, and take effect in any order.
//
// Serialization failures, deadlocks and races with other writes are tried again, ten times at most. A connection that is lost before the
// commit was sent costs one more try on another; one that is lost behind it is outcome_unknown.

#include "engine/postgres/sessions.h"
#include "engine/store.h"

namespace holdfast::postgres {

class Writer {
 public:
  // Borrows both.
  Writer(Sessions& sessions, const Catalog& catalog) : sessions_(sessions), catalog_(catalog) {}

  // As Store::write.
  awaitable<Result<Written>> write(WritePlan plan);

 private:
  Sessions& sessions_;
  const Catalog& catalog_;
};

}  // namespace holdfast::postgres
