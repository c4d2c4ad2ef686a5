#pragma once
// What becomes of a write: single-document commands on one connection, in the order of checks of semantics.md §7. Blocking.
//
// Threads: a Writer is shared by all lanes; each calls it with the connection of its own.

#include <atomic>

#include "base/clock.h"
#include "engine/mongo/connection.h"
#include "engine/mongo/documents.h"
#include "engine/mongo/removal_watch.h"
#include "engine/store.h"

namespace holdfast::mongo {

class Writer {
 public:
  // The catalog and the clock must outlive the writer.
  Writer(const Catalog& catalog, const Clock& clock, KeysOfIndexes keys) : catalog_(catalog), clock_(clock), keys_(std::move(keys)) {}

  Result<Written> write(Connection& connection, const WritePlan& plan);

  // Finishes the removals that were left alone, by a server that died or by lost connections, or gives them up: so many of a collection.
  // False: some may be left. Stops soon once `is_over`.
  bool settle_removals(Connection& connection, std::int64_t most, const std::atomic<bool>* is_over = nullptr);

  // Of those that are left unfinished from now on.
  RemovalWatch& removal_watch() noexcept { return removal_watch_; }

 private:
  const Catalog& catalog_;
  const Clock& clock_;
  const KeysOfIndexes keys_;
  std::atomic<Milliseconds> next_expiry_{0};  // of a kept answer
  RemovalWatch removal_watch_{std::chrono::steady_clock::now()};
};

}  // namespace holdfast::mongo
