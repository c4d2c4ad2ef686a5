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

namespace holdfast {

class Lanes {
 public:
  using Job = asio::any_completion_handler<void(std::size_t lane)>;
  static constexpr std::size_t kRefused = static_cast<std::size_t>(-1);

  // kLow: for work that uses the processor, which a loop gets before it. kNormal: for work that waits for others.
  enum class Priority : std::uint8_t { kLow, kNormal };

  Lanes(std::size_t threads, std::size_t queue_limit, Priority priority = Priority::kLow);
  ~Lanes() { close(); }
  Lanes(const Lanes&) = delete;
  Lanes& operator=(const Lanes&) = delete;

  // Never blocks. When the queue is full the job is called at once, on the caller's thread, with kRefused: it then answers `overloaded`.
  void submit(Job job);

  // Runs what waits, then joins; later jobs are refused. Idempotent.
  void close();

 private:
  void run(std::size_t lane);

  const std::size_t queue_limit_;
  const Priority priority_;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<Job> queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace holdfast
