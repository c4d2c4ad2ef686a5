#include "engine/lanes.h"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace holdfast {
namespace {

constexpr int kNiceness = 10;  // a loop that wants the core gets it

void lower_own_priority() {
  const auto thread = static_cast<id_t>(::syscall(SYS_gettid));
  ::setpriority(PRIO_PROCESS, thread, kNiceness);  // on Linux: of this thread alone
}

}  // namespace

Lanes::Lanes(std::size_t threads, std::size_t queue_limit, std::chrono::milliseconds longest_wait, Priority priority)
    : queue_limit_(queue_limit), longest_wait_(longest_wait), priority_(priority) {
  for (std::size_t lane = 0; lane < threads; ++lane) threads_.emplace_back([this, lane] { run(lane); });
}

void Lanes::close() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  ready_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void Lanes::submit(Job job) {
  {
    std::unique_lock lock(mutex_);
    if (stopping_ || !admits()) {
      lock.unlock();
      return std::move(job)(kRefused);
    }
    queue_.push_back(std::move(job));
  }
  ready_.notify_one();
}

// The mutex is held. Before close() there are threads.
bool Lanes::admits() const {
  const auto waiting = static_cast<std::int64_t>(queue_.size());
  if (queue_.size() >= queue_limit_) return false;
  return waiting == 0 || waiting * duration_.value() / static_cast<std::int64_t>(threads_.size()) <= longest_wait_;
}

void Lanes::run(std::size_t lane) {
  ::pthread_setname_np(::pthread_self(), "holdfast-lane");
  if (priority_ == Priority::kLow) lower_own_priority();
  for (;;) {
    std::unique_lock lock(mutex_);
    ready_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    Job job = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    const auto begun = std::chrono::steady_clock::now();
    std::move(job)(lane);
    lock.lock();
    duration_.add(std::chrono::steady_clock::now() - begun);
  }
}

}  // namespace holdfast
