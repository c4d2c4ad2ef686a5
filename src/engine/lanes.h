#pragma once
// Threads for work that would hold a loop: few, behind a bounded queue.
//
// Threads: submit() from any thread. A job runs on one of the lanes and is told which, so that each lane can have a connection of its own.

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "base/loop.h"
#include "engine/running_average.h"

namespace holdfast {

class Lanes {
 public:
  using Job = asio::any_completion_handler<void(std::size_t lane)>;
  static constexpr std::size_t kRefused = static_cast<std::size_t>(-1);

  // kLow: for work that uses the processor, which a loop gets before it. kNormal: for work that waits for others.
  enum class Priority : std::uint8_t { kLow, kNormal };

  // `longest_wait`: a job that would wait longer, as jobs have run lately, is refused; one that finds nobody waiting never is.
  Lanes(std::size_t threads, std::size_t queue_limit, std::chrono::milliseconds longest_wait, Priority priority = Priority::kLow);
  ~Lanes() { close(); }
  Lanes(const Lanes&) = delete;
  Lanes& operator=(const Lanes&) = delete;

  // Never blocks. When the queue is full, or too slow, the job is called at once, on the caller's thread, with kRefused: it then answers
  // `overloaded`.
  void submit(Job job);

  // Runs what waits, then joins; later jobs are refused. Idempotent.
  void close();

 private:
  void run(std::size_t lane);

  bool admits() const;

  const std::size_t queue_limit_;
  const std::chrono::milliseconds longest_wait_;
  const Priority priority_;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<Job> queue_;
  RunningAverage duration_;  // of a job
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace holdfast
