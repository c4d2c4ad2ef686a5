#include "engine/sqlite/writer.h"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <iterator>
#include <utility>

#include "base/log.h"
#include "engine/sqlite/error.h"
#include "engine/write_errors.h"

namespace holdfast::sqlite {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kGroupLimit = WriteBacklog::kGroupLimit;
constexpr std::size_t kMostSearchBytes = 16 << 20;  // of one group, in memory
constexpr int kPagesPerCheckpoint =
    8000;  // 32 MiB: pages that many groups dirty are carried over once; raw SQLite writes a third faster than at 1,000
constexpr int kPagesToForceRestart = 32 * 1024;  // readers have kept the WAL from starting over for long: wait for them, briefly
constexpr int kRestartWaitMilliseconds = 20;
constexpr std::chrono::seconds kRoomPause{1};  // to look for room in vain costs a sync and perhaps all of the log

std::vector<Result<Written>> fail_all(std::size_t count, const Error& error) {
  return std::vector<Result<Written>>(count, Result<Written>(error));
}

Error unavailable() {
  return Error(Code::kDatabaseUnavailable, "The disk failed to keep a write; the server writes no more until it is started again.");
}

// Neither part can hold a space.
std::string key_of(const WritePlan& plan) {
  return plan.model->name + " " + plan.idempotency->key;
}

int remember_log_size(void* pages, sqlite3*, const char*, int count) {
  *static_cast<int*>(pages) = count;
  return SQLITE_OK;
}

}  // namespace

Writer::Writer(Database database, const Catalog& catalog, Options options)
    : session_(std::move(database), catalog),
      backlog_(options.longest_wait),
      pages_per_checkpoint_(options.pages_per_checkpoint.value_or(kPagesPerCheckpoint)),
      group_time_(options.group_time) {
  sqlite3_wal_hook(session_.database(), remember_log_size, &log_pages_);
  thread_ = std::thread([this] { run(); });
}

void Writer::close() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  ready_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Writer::submit(WritePlan plan, asio::io_context& loop, Done done) {
  Result<void> admitted;
  {
    std::unique_lock lock(mutex_);
    admitted = admit(plan);
    if (admitted) {
      queue_.push_back({std::move(plan), &loop, std::move(done)});
      const bool first = queue_.size() == 1;
      lock.unlock();
      if (first) ready_.notify_one();
      return;
    }
  }
  asio::post(loop,
             [done = std::move(done), refusal = admitted.error()]() mutable { std::move(done)(Result<Written>(std::move(refusal))); });
}

// The mutex is held. A key that is admitted is in use from now on.
Result<void> Writer::admit(const WritePlan& plan) {
  if (plan.idempotency && keys_.contains(key_of(plan))) {
    return idempotency_in_progress();
  }
  const auto now = steady_clock::now();
  if (stopping_ || !backlog_.admits(now)) return Error(Code::kOverloaded, "Too many writes are waiting; try again.");
  if (plan.idempotency) keys_.insert(key_of(plan));
  backlog_.add(now);
  return {};
}

// Before the answers leave: who has one may send the key again.
void Writer::release(std::span<const Job> jobs) {
  const std::lock_guard lock(mutex_);
  backlog_.answered(jobs.size(), steady_clock::now());
  for (const Job& job : jobs) {
    if (job.plan.idempotency) keys_.erase(key_of(job.plan));
  }
}

void Writer::run() {
  ::pthread_setname_np(::pthread_self(), "holdfast-writer");
  std::vector<Job> jobs;
  while (take(jobs)) {
    commit_all(jobs);
    jobs.clear();
    if (healthy()) checkpoint();
  }
  sqlite3* database = session_.database();
  if (healthy()) {
    const int code = sqlite3_wal_checkpoint_v2(database, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
    if (code != SQLITE_OK && !is_busy(code)) note_failed_checkpoint();
  }
  // Lets SQLite remove the log. After a failed fsync it would first copy the log into the file, trusting the next one.
  if (healthy()) sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
}

// Everything that waits. False: stopping, and nothing waits.
bool Writer::take(std::vector<Job>& jobs) {
  std::unique_lock lock(mutex_);
  ready_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
  jobs.swap(queue_);
  return !jobs.empty();
}

// In smaller groups where a larger one fails as a whole, in larger ones again when those do not.
void Writer::commit_all(std::vector<Job>& jobs) {
  std::size_t limit = full() ? 1 : kGroupLimit;
  bool sought_room = false;
  for (std::size_t start = 0; start < jobs.size();) {
    const std::span<Job> group = std::span(jobs).subspan(start, std::min(limit, jobs.size() - start));
    Attempt attempt = healthy() ? commit_group(group) : Attempt{fail_all(group.size(), unavailable())};
    if (attempt.out_of_room && !std::exchange(sought_room, true) && make_room()) continue;
    const std::size_t tried = attempt.results.size();
    if (attempt.may_divide && tried > 1) {
      limit = tried / 2;
      continue;
    }
    if (!attempt.may_divide) limit = std::min(kGroupLimit, limit * 2);
    answer(group.first(tried), std::move(attempt.results));
    start += tried;
  }
}

Writer::Attempt Writer::commit_group(std::span<Job> jobs) {
  sqlite3* database = session_.database();
  if (session_.begin() != SQLITE_OK) return give_up(jobs.size(), error_of(database));
  Attempt attempt;
  attempt.results.reserve(jobs.size());
  const auto begun = steady_clock::now();
  for (const Job& job : jobs) {
    const Result<Written>& result = attempt.results.emplace_back(session_.apply(job.plan));
    if (session_.lost()) return give_up(attempt.results.size(), result.has_error() ? result.error() : error_of(database));
    if (session_.search_bytes() > kMostSearchBytes || steady_clock::now() - begun >= group_time_) break;  // the rest is the next group
  }
  const std::size_t tried = attempt.results.size();
  if (session_.write_search_data() != SQLITE_OK) {
    Attempt failed = give_up(tried, error_of(database));
    failed.may_divide = true;  // it must fail the writes that it is of, not their neighbours
    return failed;
  }
  const auto applied = steady_clock::now();
  if (session_.commit() != SQLITE_OK) return give_up(tried, error_of_commit(database, errno));
  note_group(tried, applied - begun, steady_clock::now() - applied);
  note_room(attempt.results);
  return attempt;
}

// The first `count` of a group get the error with which its transaction ended.
Writer::Attempt Writer::give_up(std::size_t count, const Error& error) {
  note_error(error);
  session_.roll_back();
  if (healthy() && error.code == Code::kOutcomeUnknown) make_room();  // the log may be too long for its index: it must start over
  const bool out_of_room = error.code == Code::kStorageFull;
  return {fail_all(count, error), out_of_room, out_of_room};
}

// What the file has taken over need not stay in the log, which then starts over: so a full disk still takes removals and other small
// writes. True: it may be worth to try again.
bool Writer::make_room() {
  if (std::chrono::steady_clock::now() < no_room_until_) return false;
  sqlite3* database = session_.database();
  const int code = sqlite3_wal_checkpoint_v2(database, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  if (code != SQLITE_OK && !is_busy(code)) note_failed_checkpoint();
  if (code != SQLITE_OK) no_room_until_ = std::chrono::steady_clock::now() + kRoomPause;
  return code == SQLITE_OK;
}

void Writer::note_group(std::size_t count, WriteBacklog::Duration applying, WriteBacklog::Duration committing) {
  const std::lock_guard lock(mutex_);
  backlog_.note_group(count, applying, committing);
}

// One post for each loop and group.
void Writer::answer(std::span<Job> jobs, std::vector<Result<Written>> results) {
  release(jobs);
  std::vector<std::pair<asio::io_context*, std::vector<Answer>>> by_loop;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    auto at = std::find_if(by_loop.begin(), by_loop.end(), [&](const auto& entry) { return entry.first == jobs[i].loop; });
    if (at == by_loop.end()) {
      at = by_loop.emplace(by_loop.end(), jobs[i].loop, std::vector<Answer>());
      at->second.reserve(jobs.size() - i);
    }
    at->second.push_back({std::move(jobs[i].done), std::move(results[i])});
  }
  for (auto& [loop, answers] : by_loop) {
    asio::post(*loop, [answers = std::move(answers)]() mutable {
      for (Answer& answer : answers) std::move(answer.done)(std::move(answer.result));
    });
  }
}

// A full disk is said once, not with each write.
void Writer::note_error(const Error& error) {
  sqlite3* database = session_.database();
  const int code = sqlite3_extended_errcode(database);
  if (error.code == Code::kStorageFull) {
    if (!full_.exchange(true)) log(LogLevel::kError, "no room to write: writes are refused until there is", {{"reason", error.detail}});
    return;
  }
  log(LogLevel::kError, "write failed", {{"sqlite", fmt::format("{} ({})", sqlite3_errmsg(database), code)}});
  if (is_failed_sync(code)) broken_ = true;
}

// All stays in the log, which grows until it can be copied.
void Writer::note_failed_checkpoint() {
  const Error error = error_of(session_.database());
  const int code = sqlite3_extended_errcode(session_.database());
  log(LogLevel::kError, "the log was not copied into the file", {{"sqlite", fmt::format("{}", code)}, {"reason", error.detail}});
  if (error.code != Code::kStorageFull && is_failed_sync(code)) broken_ = true;
}

// A write that changes nothing needs none.
void Writer::note_room(std::span<const Result<Written>> results) {
  if (!full()) return;
  const auto is_kept = [](const Result<Written>& result) { return result.has_value() && result->changed; };
  if (!std::any_of(results.begin(), results.end(), is_kept)) return;
  full_ = false;
  log(LogLevel::kInfo, "there is room again: writes are taken");
}

// Between groups, never inside one. PASSIVE waits for nobody; it lets the WAL start over as soon as no reader needs it.
void Writer::checkpoint() {
  if (log_pages_ < checkpointed_pages_) checkpointed_pages_ = 0;  // it has started over
  if (log_pages_ - checkpointed_pages_ < pages_per_checkpoint_) return;
  sqlite3* database = session_.database();
  const bool force = log_pages_ >= kPagesToForceRestart;
  if (force) sqlite3_busy_timeout(database, kRestartWaitMilliseconds);
  const int code =
      sqlite3_wal_checkpoint_v2(database, nullptr, force ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  if (code != SQLITE_OK && !is_busy(code)) note_failed_checkpoint();
  if (force) sqlite3_busy_timeout(database, kWriterBusyMilliseconds);
  checkpointed_pages_ = log_pages_;
}

}  // namespace holdfast::sqlite
