#pragma once
// When to look for removals that were left unfinished: now and then, for those of whoever died; and, when one of our own was, as soon as
// it may be taken up again. Any thread.

#include <algorithm>
#include <chrono>
#include <mutex>

#include "engine/mongo/removal.h"

namespace holdfast::mongo {

class RemovalWatch {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds kInterval{60};
  static constexpr std::chrono::milliseconds kTakenUpAfter{kStaleMark + 100};  // the marks go by the wall clock

  explicit RemovalWatch(Time now) : next_(now + kInterval) {}

  // True once for each time that it is: who is told looks, or notes that something is left.
  bool is_time(Time now) {
    const std::lock_guard lock(mutex_);
    if (now < next_) return false;
    next_ = now + kInterval;
    return true;
  }

  void note_unfinished(Time now) {
    const std::lock_guard lock(mutex_);
    next_ = std::min(next_, now + kTakenUpAfter);
  }

 private:
  std::mutex mutex_;
  Time next_;
};

}  // namespace holdfast::mongo
