#include "engine/sqlite/writer.h"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <iterator>

#include "base/log.h"
#include "engine/sqlite/error.h"

namespace holdfast::sqlite {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kGroupLimit = WriteBacklog::kGroupLimit;
constexpr std::chrono::milliseconds kGroupTime{100};  // a group of dear writes commits early: nobody is answered before it does
constexpr int kPagesPerCheckpoint =
    8000;  // 32 MiB: pages that many groups dirty are carried over once; raw SQLite writes a third faster than at 1,000
constexpr int kPagesToForceRestart = 32 * 1024;  // readers have kept the WAL from starting over for long: wait for them, briefly
constexpr int kRestartWaitMilliseconds = 20;

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

Writer::Writer(Database database, const Catalog& catalog, std::chrono::milliseconds longest_wait)
    : session_(std::move(database), catalog), backlog_(longest_wait) {
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
    return Error(Code::kIdempotencyInProgress, "A request with this Idempotency-Key is still running; ask again when it has ended.");
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
    sqlite3_wal_checkpoint_v2(database, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  } else {  // SQLite would copy the log into the file and remove it, trusting an fsync that no longer tells the truth
    sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  }
}

// Everything that waits. False: stopping, and nothing waits.
bool Writer::take(std::vector<Job>& jobs) {
  std::unique_lock lock(mutex_);
  ready_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
  jobs.swap(queue_);
  return !jobs.empty();
}

void Writer::commit_all(std::vector<Job>& jobs) {
  for (std::size_t start = 0; start < jobs.size();) {
    const std::span<Job> group = std::span(jobs).subspan(start, std::min(kGroupLimit, jobs.size() - start));
    std::vector<Result<Written>> results = healthy() ? commit_group(group) : fail_all(group.size(), unavailable());
    const std::size_t answered = results.size();
    answer(group.first(answered), std::move(results));
    start += answered;
  }
}

// As many results as writes were tried: fewer than there are jobs when an error ended the transaction, or when they took long.
std::vector<Result<Written>> Writer::commit_group(std::span<Job> jobs) {
  sqlite3* database = session_.database();
  if (session_.begin() != SQLITE_OK) {
    note_error();
    const Error error = error_of(database);
    session_.roll_back();
    return fail_all(jobs.size(), error);
  }
  std::vector<Result<Written>> results;
  results.reserve(jobs.size());
  const auto begun = steady_clock::now();
  for (const Job& job : jobs) {
    results.push_back(session_.apply(job.plan));
    if (session_.lost()) {
      note_error();
      return fail_all(results.size(), results.back().has_error() ? results.back().error() : error_of(database));
    }
    if (steady_clock::now() - begun >= kGroupTime) break;
  }
  const auto applied = steady_clock::now();
  const int code = session_.commit();
  note_group(results.size(), applied - begun, steady_clock::now() - applied);
  if (code != SQLITE_OK) {
    note_error();
    // Written but perhaps not kept: the log may or may not be read back after a crash.
    const Error error = is_io_error(code)
                            ? Error(Code::kOutcomeUnknown, "The disk failed during the commit; the write may or may not be kept.")
                            : error_of(database);
    session_.roll_back();
    return fail_all(results.size(), error);
  }
  return results;
}

std::vector<Result<Written>> Writer::fail_all(std::size_t count, const Error& error) {
  return std::vector<Result<Written>>(count, Result<Written>(error));
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

void Writer::note_error() {
  sqlite3* database = session_.database();
  const int code = sqlite3_extended_errcode(database);
  log(LogLevel::kError, "write failed", {{"sqlite", fmt::format("{} ({})", sqlite3_errmsg(database), code)}});
  if (is_failed_sync(code)) broken_ = true;
}

// Between groups, never inside one. PASSIVE waits for nobody; it lets the WAL start over as soon as no reader needs it.
void Writer::checkpoint() {
  if (log_pages_ < checkpointed_pages_) checkpointed_pages_ = 0;  // it has started over
  if (log_pages_ - checkpointed_pages_ < kPagesPerCheckpoint) return;
  sqlite3* database = session_.database();
  const bool force = log_pages_ >= kPagesToForceRestart;
  if (force) sqlite3_busy_timeout(database, kRestartWaitMilliseconds);
  const int code =
      sqlite3_wal_checkpoint_v2(database, nullptr, force ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  if (code != SQLITE_OK && !is_busy(code)) note_error();
  if (force) sqlite3_busy_timeout(database, kWriterBusyMilliseconds);
  checkpointed_pages_ = log_pages_;
}

}  // namespace holdfast::sqlite
