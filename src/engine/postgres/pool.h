#pragma once
// Connections of one kind on one loop, lent one call or transaction at a time. Belongs to its loop.
//
// A request that finds none free waits in a bounded queue, or is refused at once while the server cannot be reached. Connections are made
// in lanes, as they are needed; when the server comes back they are made without being asked.

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "engine/engine.h"
#include "engine/lanes.h"
#include "engine/postgres/breaker.h"
#include "engine/postgres/live_connection.h"
#include "engine/postgres/sessions.h"
#include "engine/postgres/shared.h"

namespace holdfast::postgres {

struct PoolSettings {
  std::size_t size = 1;    // connections at most
  std::size_t spares = 1;  // kept open when nothing is asked
  Terms terms;
  Milliseconds patience = 0;  // for one answer
  Milliseconds connect_timeout = 0, acquire_timeout = 0, health_check = 0, idle_timeout = 0, max_lifetime = 0;
};

class Pool final : public Sessions, public std::enable_shared_from_this<Pool> {
 public:
  using Time = Breaker::Time;
  using Done = asio::any_completion_handler<void(Result<Lease>)>;
  static constexpr std::size_t kQueueLimit = 1024;

  Pool(asio::io_context& loop, Shared& shared, PoolSettings settings);
  ~Pool() override;
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  awaitable<Result<Lease>> acquire() override;
  // The same without waiting; nothing: none is free now.
  std::optional<Result<Lease>> try_acquire();
  // Answers on the loop, later.
  void wait(Done done);

  // Makes the first connections. Called once, when it is owned by a shared_ptr.
  void start();
  // Looks at every deadline.
  void tick(Time now);
  // Something waits or runs, so that ticks should be close.
  bool is_busy() const noexcept { return !waiters_.empty() || dials_ > 0 || lent_ > 0; }

 private:
  struct Member {
    Member(std::shared_ptr<LiveConnection> made, Time now, Time checked_at, Time until)
        : connection(std::move(made)), used(now), check_at(checked_at), lives_until(until) {}

    std::shared_ptr<LiveConnection> connection;
    Time used;      // last
    Time check_at;  // whether it answers, when it is idle then
    Time lives_until;
    bool lent = false;
    bool checked = false;  // it is lent to nobody but us
  };
  struct Waiter {
    Done done;
    Time since;
  };

  using Members = std::vector<Member>;

  Lease lend(Member& member);
  void give_back(LiveConnection& connection);
  void lost(LiveConnection& connection);
  Members::iterator find(const LiveConnection& connection);
  Members::iterator find_idle();
  bool is_dead(Time now) const noexcept;
  void serve_later();
  void serve_waiters();
  void probe_idle();
  void expire_calls(Time now);
  void expire_waiters(Time now);
  void check_idle(Time now);
  static awaitable<void> check(Lease lease);
  void dial_where_needed(Time now);
  void start_dial(Time now);
  void dial_ended(Outcome<Dialled> outcome);
  void add_member(Dialled dialled, Time now);
  void close_aged(Time now);
  void note_reach();
  void count();

  asio::io_context& loop_;
  Shared& shared_;
  const PoolSettings settings_;
  Breaker breaker_;
  std::shared_ptr<Doorbell> doorbell_;
  Members members_;
  std::deque<Waiter> waiters_;
  std::size_t dials_ = 0;  // on their way
  std::size_t lent_ = 0;
  Time dialling_since_{};  // while none succeeded
  bool serves_ = false;    // serve_waiters() is on its way
  bool unreachable_ = false;
  std::int64_t known_doubts_ = 0;  // of all pools
  std::minstd_rand random_;
  PoolStatistics counted_;  // our part of what shared_ tells
};

}  // namespace holdfast::postgres
