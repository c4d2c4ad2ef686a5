#pragma once
// The writes of one loop. Creates that wait for nobody share transactions (CreateGroups); every other write runs on a session of its own,
// so that they do not wait for each other. They take effect in any order.
//
// Serialization failures, deadlocks and races with other writes are tried again, ten times at most. A connection that is lost before the
// commit was sent costs one more try on another; one that is lost behind it is outcome_unknown.

#include "engine/postgres/create_groups.h"
#include "engine/postgres/sessions.h"
#include "engine/store.h"

namespace holdfast::postgres {

class Writer {
 public:
  // Borrows all it is given. `patience`: for a group of creates to begin.
  Writer(asio::io_context& loop, Sessions& sessions, const Catalog& catalog, Milliseconds patience)
      : sessions_(sessions), catalog_(catalog), groups_(loop, sessions, catalog, patience) {}

  // As Store::write.
  awaitable<Result<Written>> write(WritePlan plan);
  void tick(CreateGroups::Time now) { groups_.tick(now); }

 private:
  awaitable<Result<Written>> write_alone(const WritePlan& plan);

  Sessions& sessions_;
  const Catalog& catalog_;
  CreateGroups groups_;
};

}  // namespace holdfast::postgres
