#pragma once
// What becomes of a write: single-document commands on one connection, in the order of checks of semantics.md §7. Blocking.
//
// Threads: a Writer is shared by all lanes; each calls it with the connection of its own.

#include <atomic>

#include "base/clock.h"
#include "engine/mongo/connection.h"
#include "engine/mongo/documents.h"
#include "engine/store.h"

namespace holdfast::mongo {

class Writer {
 public:
  // The catalog and the clock must outlive the writer.
  Writer(const Catalog& catalog, const Clock& clock, KeysOfIndexes keys) : catalog_(catalog), clock_(clock), keys_(std::move(keys)) {}

  Result<Written> write(Connection& connection, const WritePlan& plan);

  // Finishes the removals that a dead server left behind, or gives them up.
  void settle_removals(Connection& connection);

 private:
  const Catalog& catalog_;
  const Clock& clock_;
  const KeysOfIndexes keys_;
  std::atomic<Milliseconds> next_expiry_{0};  // of a kept answer
};

}  // namespace holdfast::mongo
