#pragma once
// Creates that wait for no other row, gathered: those of one collection leave together behind one Sync, so they are one transaction, and
// one sync of the server's log keeps them all. While a group of a collection is unanswered the next one gathers, for `kOverdue` at most:
// then a second one leaves. A group is as large as was quick of late, since a slow one keeps all of its clients waiting. Belongs to its
// loop.
//
// A group that the server refuses has kept nothing: each of its creates is then to be tried alone, and told why. When the connection is
// lost behind the Sync, all of the group are outcome_unknown. Who waits longer than `patience` for a group to begin is overloaded, and so
// is who finds `kMostWaiting` before him.

#include <chrono>
#include <deque>
#include <unordered_map>
#include <vector>

#include "engine/postgres/sessions.h"
#include "engine/store.h"

namespace holdfast::postgres {

class CreateGroups {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::size_t kFirst = 16, kLargest = 64;  // of a collection's groups; at most twice the one before
  static constexpr std::size_t kMostBytes = 1 << 20;        // of a group of several
  static constexpr std::size_t kMostWaiting = 1024;         // for one collection
  static constexpr std::size_t kAtOnce = 2;                 // groups of one collection
  static constexpr std::chrono::milliseconds kOverdue{100};

  // Borrows all it is given.
  CreateGroups(asio::io_context& loop, Sessions& sessions, const Catalog& catalog, Milliseconds patience)
      : loop_(loop), sessions_(sessions), catalog_(catalog), patience_(patience) {}
  CreateGroups(const CreateGroups&) = delete;
  CreateGroups& operator=(const CreateGroups&) = delete;

  // No key of the model and no row of another can make it wait: an id that is made here, no unique key, no reference, no Idempotency-Key.
  static bool may_share(const WritePlan& plan) noexcept;

  // `plan` must outlive the awaited call. A Failure whose `again` is true has kept nothing: to be tried alone; any other is the answer.
  awaitable<Outcome<Written>> create(const WritePlan& plan);
  void tick(Time now);

 private:
  using Done = asio::any_completion_handler<void(Outcome<Written>)>;

  struct Create {
    Record record;
    Query insert;
    Done done;
    Time arrived;
  };
  using Group = std::vector<Create>;

  struct Collection {
    std::deque<Create> waiting;
    std::size_t limit = kFirst;  // of the next group
    std::size_t runs = 0;        // groups that are not answered
    Time began{};                // the last of them
    bool has_turn = false;       // end_turn() will look at it
  };

  void end_turn_later(Collection& collection);
  void end_turn();
  void start_if_due(Collection& collection, Time now);
  awaitable<void> run(Collection& collection);
  awaitable<void> insert(Collection& collection, Group group, Lease session);
  static Group take_group(Collection& collection);
  static Group take_older(Collection& collection, Time than);
  static void refuse(Group group, const Failure& failure);
  static void deliver(Group group, const std::vector<Answer>& inserted);

  asio::io_context& loop_;
  Sessions& sessions_;
  const Catalog& catalog_;
  const std::chrono::milliseconds patience_;
  std::unordered_map<const Model*, Collection> collections_;
  std::vector<Collection*> turn_;  // asked in this turn
};

}  // namespace holdfast::postgres
