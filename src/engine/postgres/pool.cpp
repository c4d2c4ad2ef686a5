#include "engine/postgres/pool.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log.h"
#include "engine/postgres/error.h"

namespace holdfast::postgres {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr asio::use_awaitable_t<Executor> kAwait{};
// An attempt that takes longer shows that the server does not answer; nobody waits for it any more.
constexpr milliseconds kSlowAttempt{1000};
constexpr Milliseconds kProbeTimeout = 2000;  // of an attempt while the server cannot be reached
constexpr std::size_t kProbesAtOnce = 2;
constexpr Milliseconds kCheckTimeout = 2000;  // of the question whether an idle connection still answers

Error unavailable() {
  return Error(Code::kDatabaseUnavailable, "The database cannot be reached; try again.");
}

Error overloaded() {
  return Error(Code::kOverloaded, "All connections to the database are in use; try again.");
}

std::int64_t as_number(std::size_t count) {
  return static_cast<std::int64_t>(count);
}

}  // namespace

Pool::Pool(asio::io_context& loop, Shared& shared, PoolSettings settings)
    : loop_(loop),
      shared_(shared),
      settings_(std::move(settings)),
      breaker_(std::random_device{}()),
      doorbell_(std::make_shared<Doorbell>(loop)),
      random_(std::random_device{}()) {
  counted_.size = as_number(settings_.size);
  shared_.counters.size += counted_.size;
  ++shared_.counters.pools;
}

Pool::~Pool() {
  doorbell_->close();
  for (Member& member : members_) member.connection->abandon();
  members_.clear();
  waiters_.clear();
  lent_ = 0;
  if (unreachable_) --shared_.counters.unreachable;
  count();
  shared_.counters.size -= counted_.size;
  --shared_.counters.pools;
}

void Pool::start() {
  dial_where_needed(steady_clock::now());
}

awaitable<Result<Lease>> Pool::acquire() {
  if (std::optional<Result<Lease>> lease = try_acquire()) co_return std::move(*lease);
  Result<Lease> lease = co_await asio::async_initiate<const asio::use_awaitable_t<Executor>, void(Result<Lease>)>(
      [this](auto done) { wait(std::move(done)); }, kAwait);
  co_return std::move(lease);
}

std::optional<Result<Lease>> Pool::try_acquire() {
  if (waiters_.empty()) {
    if (const auto idle = find_idle(); idle != members_.end()) return lend(*idle);
  }
  if (is_dead(steady_clock::now())) return Result<Lease>(unavailable());
  if (waiters_.size() >= kQueueLimit) return Result<Lease>(overloaded());
  return std::nullopt;
}

void Pool::wait(Done done) {
  const Time now = steady_clock::now();
  waiters_.push_back({std::move(done), now});
  dial_where_needed(now);
  count();
}

Lease Pool::lend(Member& member) {
  member.lent = true;
  ++lent_;
  count();
  const auto give = [pool = weak_from_this(), connection = member.connection](Session*) {
    if (const auto owner = pool.lock()) owner->give_back(*connection);
  };
  return {member.connection.get(), give};
}

void Pool::give_back(LiveConnection& connection) {
  const auto member = find(connection);
  if (member == members_.end()) return;  // it was lost meanwhile
  const Time now = steady_clock::now();
  member->lent = false;
  if (!std::exchange(member->checked, false)) member->used = now;
  member->check_at = now + milliseconds(settings_.health_check);
  --lent_;
  if (!connection.is_fit() || now >= member->lives_until) {
    connection.abandon();
    members_.erase(member);
    dial_where_needed(now);
  } else if (!waiters_.empty()) {
    serve_later();
  }
  count();
}

// Before whoever asked it is answered.
void Pool::lost(LiveConnection& connection) {
  const auto member = find(connection);
  if (member == members_.end()) return;
  if (member->lent) --lent_;
  members_.erase(member);
  ++shared_.counters.failed;
  ++shared_.counters.doubts;
  probe_idle();
  dial_where_needed(steady_clock::now());
  count();
}

// A server that ends closes all of them: whoever is asked once more must not be sent to the next one that is gone.
void Pool::probe_idle() {
  std::vector<std::shared_ptr<LiveConnection>> idle;  // those that are gone leave us
  for (const Member& member : members_) {
    if (!member.lent) idle.push_back(member.connection);
  }
  for (const auto& connection : idle) connection->probe();
}

Pool::Members::iterator Pool::find(const LiveConnection& connection) {
  return std::find_if(members_.begin(), members_.end(), [&](const Member& member) { return member.connection.get() == &connection; });
}

// The one used last: its memory and the server's are warm, and the others grow old enough to be closed.
Pool::Members::iterator Pool::find_idle() {
  auto best = members_.end();
  for (auto member = members_.begin(); member != members_.end(); ++member) {
    if (!member->lent && (best == members_.end() || member->used > best->used)) best = member;
  }
  return best;
}

bool Pool::is_dead(Time now) const noexcept {
  return members_.empty() && (breaker_.open() || (dials_ > 0 && now - dialling_since_ > kSlowAttempt));
}

// Not at once: leases end in the destructors of those who would still be running.
void Pool::serve_later() {
  if (std::exchange(serves_, true)) return;
  asio::post(loop_, [self = weak_from_this()] {
    if (const auto pool = self.lock()) pool->serve_waiters();
  });
}

void Pool::serve_waiters() {
  serves_ = false;
  for (auto idle = find_idle(); !waiters_.empty() && idle != members_.end(); idle = find_idle()) {
    Done done = std::move(waiters_.front().done);
    waiters_.pop_front();
    std::move(done)(lend(*idle));
  }
  count();
}

void Pool::tick(Time now) {
  expire_calls(now);
  expire_waiters(now);
  close_aged(now);
  check_idle(now);
  dial_where_needed(now);
  note_reach();
  count();
}

void Pool::expire_calls(Time now) {
  if (lent_ == 0) return;
  std::vector<std::pair<std::shared_ptr<LiveConnection>, Milliseconds>> lent;  // those that expire leave us
  for (const Member& member : members_) {
    if (member.lent)
      lent.emplace_back(member.connection, member.checked ? std::min(kCheckTimeout, settings_.patience) : settings_.patience);
  }
  for (const auto& [connection, patience] : lent) connection->expire(now, patience);
}

// When one was lost, or could not be made, in whatever pool, the network may swallow all: do the others still answer?
void Pool::check_idle(Time now) {
  const std::int64_t doubts = shared_.counters.doubts.load(std::memory_order_relaxed);
  const bool in_doubt = std::exchange(known_doubts_, doubts) != doubts;
  for (Member& member : members_) {
    if (member.lent || (now < member.check_at && !in_doubt)) continue;
    member.checked = true;
    asio::co_spawn(loop_, check(lend(member)), asio::detached);
  }
}

// One that does not answer is lost by that.
awaitable<void> Pool::check(Lease lease) {
  static const Query kNothing{"select 1", {}};
  co_await lease->run(kNothing, Scope::kWhole);
}

void Pool::expire_waiters(Time now) {
  const bool dead = is_dead(now);
  const auto is_due = [&] { return dead || now - waiters_.front().since >= milliseconds(settings_.acquire_timeout); };
  while (!waiters_.empty() && is_due()) {
    Done done = std::move(waiters_.front().done);
    waiters_.pop_front();
    std::move(done)(members_.empty() ? unavailable() : overloaded());
  }
}

void Pool::close_aged(Time now) {
  std::size_t left = members_.size();
  std::erase_if(members_, [&](const Member& member) {
    const bool unneeded = left > settings_.spares && now - member.used >= milliseconds(settings_.idle_timeout);
    const bool aged = !member.lent && (unneeded || now >= member.lives_until || member.connection->is_lost());
    if (!aged) return false;
    member.connection->abandon();
    --left;
    return true;
  });
}

void Pool::dial_where_needed(Time now) {
  if (breaker_.open()) {
    if (dials_ < kProbesAtOnce && members_.size() + dials_ < settings_.size && breaker_.may_try(now)) start_dial(now);
    return;
  }
  const auto wanted = [this] { return members_.size() + dials_ < settings_.spares || waiters_.size() > dials_; };
  while (members_.size() + dials_ < settings_.size && wanted()) start_dial(now);
}

void Pool::start_dial(Time now) {
  const Milliseconds timeout = breaker_.open() ? std::min(kProbeTimeout, settings_.connect_timeout) : settings_.connect_timeout;
  breaker_.tried(now);
  if (dials_++ == 0) dialling_since_ = now;
  shared_.lanes.submit(
      [doorbell = doorbell_, self = weak_from_this(), &shared = shared_, terms = settings_.terms, timeout](std::size_t lane) {
        Outcome<Dialled> outcome = lane == Lanes::kRefused ? Outcome<Dialled>(lost_connection("too many connections are being made", false))
                                                           : dial(shared.address, terms, timeout, shared.stopped);
        doorbell->post([self, outcome = std::move(outcome)]() mutable {
          if (const auto pool = self.lock()) pool->dial_ended(std::move(outcome));
        });
      });
}

void Pool::dial_ended(Outcome<Dialled> outcome) {
  const Time now = steady_clock::now();
  --dials_;
  dialling_since_ = now;
  if (outcome) {
    breaker_.succeeded();
    add_member(std::move(*outcome), now);
    serve_waiters();
  } else {
    breaker_.failed(now);
    ++shared_.counters.failed;
    if (outcome.error().state.empty()) ++shared_.counters.doubts;  // whoever refuses us with a reason is there
    log(LogLevel::kDebug, "no connection to the database", {{"reason", outcome.error().message}});
    expire_waiters(now);
  }
  note_reach();
  dial_where_needed(now);
  count();
}

void Pool::add_member(Dialled dialled, Time now) {
  // Made together, they need not end together.
  const Milliseconds life = settings_.max_lifetime;
  const milliseconds jitter(std::uniform_int_distribution<Milliseconds>(0, life / 10)(random_));
  auto connection = std::make_shared<LiveConnection>(loop_, std::move(dialled), settings_.terms);
  connection->listen([this, raw = connection.get()] { lost(*raw); });
  members_.emplace_back(std::move(connection), now, now + milliseconds(settings_.health_check), now + milliseconds(life) - jitter);
  ++shared_.counters.created;
}

// One line for the outage and one for its end, whatever the number of pools.
void Pool::note_reach() {
  const bool unreachable = is_dead(steady_clock::now());
  if (unreachable == unreachable_) return;
  unreachable_ = unreachable;
  const std::int64_t before = unreachable ? shared_.counters.unreachable++ : shared_.counters.unreachable--;
  if (unreachable && before == 0) log(LogLevel::kWarn, "the database cannot be reached", {{"server", shared_.address.place()}});
  if (!unreachable && before == 1) log(LogLevel::kInfo, "the database is back", {{"server", shared_.address.place()}});
}

void Pool::count() {
  const auto set = [](std::int64_t& counted, std::int64_t now, std::atomic<std::int64_t>& total) {
    if (counted != now) total.fetch_add(now - counted, std::memory_order_relaxed);
    counted = now;
  };
  set(counted_.in_use, as_number(lent_), shared_.counters.in_use);
  set(counted_.idle, as_number(members_.size() - lent_), shared_.counters.idle);
  set(counted_.waiting, as_number(waiters_.size()), shared_.counters.waiting);
}

}  // namespace holdfast::postgres
