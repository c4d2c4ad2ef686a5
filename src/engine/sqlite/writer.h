#pragma once
// One writer for one SQLite file. All writes of all loops pass through it; it commits what waits as one group.
//
// Threads: submit() from any loop; everything else runs on the writer's own thread.
// Order: writes are applied in the order they were submitted. Every answer leaves on its loop after the group's commit.
// Errors: a constraint failure rolls back its own savepoint only; IOERR, NOMEM and INTERRUPT may end the whole transaction, and then every
//         write applied in it so far gets that error while the rest start a new group. A commit that fails fails its whole group.
//         A group for which the disk has no room, or whose search data cannot be written, is tried again in smaller ones, down to single
//         writes: only what fails alone is refused.
//         An fsync that fails ends the writer for good (retrying lies: Rebello et al., ATC '20): from then on all is database_unavailable.
// Cost: one fsync a group (about 150 µs here), so a lone write waits for it and 64 writes share it.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include "engine/sqlite/write_backlog.h"
#include "engine/sqlite/write_session.h"

namespace holdfast::sqlite {

class Writer {
 public:
  using Done = asio::any_completion_handler<void(Result<Written>)>;

  struct Options {
    std::chrono::milliseconds longest_wait;  // a write that would wait longer is refused
    std::optional<int> pages_per_checkpoint;
    std::chrono::milliseconds group_time;  // then the writes that were applied are committed, and the others are the next group
  };

  // Takes over a handle opened as Role::kWriter.
  Writer(Database database, const Catalog& catalog, Options options);
  ~Writer() { close(); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Never blocks. Answers `overloaded` at once when it would wait too long (WriteBacklog), `idempotency_in_progress` while another write
  // with the same key of the same collection is not yet answered.
  void submit(WritePlan plan, asio::io_context& loop, Done done);

  // Stops accepting, commits what waits, checkpoints, joins. Idempotent.
  void close();

  // False once an fsync has failed.
  bool healthy() const noexcept { return !broken_.load(std::memory_order_relaxed); }
  // True from a write for which the disk had no room to the next one that was kept.
  bool full() const noexcept { return full_.load(std::memory_order_relaxed); }

 private:
  struct Job {
    WritePlan plan;
    asio::io_context* loop;
    Done done;
  };
  struct Answer {
    Done done;
    Result<Written> result;
  };
  struct Attempt {
    std::vector<Result<Written>> results;  // may be fewer than there are jobs: the rest were not tried
    bool out_of_room = false;
    bool may_divide = false;  // nothing is kept; a part of the writes might be
  };

  void run();
  bool take(std::vector<Job>& group);
  void commit_all(std::vector<Job>& jobs);
  Attempt commit_group(std::span<Job> jobs);
  Attempt give_up(std::size_t count, const Error& error);
  bool make_room();
  Result<void> admit(const WritePlan& plan);
  void release(std::span<const Job> jobs);
  void answer(std::span<Job> jobs, std::vector<Result<Written>> results);
  void note_group(std::size_t count, WriteBacklog::Duration applying, WriteBacklog::Duration committing);
  void note_error(const Error& error);
  void note_failed_checkpoint();
  void note_room(std::span<const Result<Written>> results);
  void checkpoint();

  WriteSession session_;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::vector<Job> queue_;
  WriteBacklog backlog_;                  // of queue_ and of what the thread has taken from it
  std::unordered_set<std::string> keys_;  // Idempotency-Keys of what was submitted and is not yet answered, with their collections
  bool stopping_ = false;
  std::atomic<bool> broken_ = false;
  std::atomic<bool> full_ = false;
  std::chrono::steady_clock::time_point no_room_until_;  // make_room() has failed and pauses
  const int pages_per_checkpoint_;
  const std::chrono::milliseconds group_time_;
  int log_pages_ = 0;           // in the WAL after the last commit
  int checkpointed_pages_ = 0;  // the same when it was last checkpointed
  std::thread thread_;          // last: it uses all of the above
};

}  // namespace holdfast::sqlite
