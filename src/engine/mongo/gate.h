#pragma once
// Whether the server can be reached, as far as is known. From the first failure to the first success one request at a time tries it, and
// whoever comes meanwhile is refused at once instead of waiting for the same. Any thread.

#include <atomic>

namespace holdfast::mongo {

class Gate {
 public:
  bool is_reachable() const noexcept { return reachable_.load(std::memory_order_relaxed); }

  // False: it is out of reach, and another is finding out whether it still is.
  bool enter() noexcept { return is_reachable() || !trying_.exchange(true); }
  // Whoever has entered tells how it ended.
  void leave(bool reached) noexcept {
    reachable_.store(reached, std::memory_order_relaxed);
    trying_.store(false);
  }

 private:
  std::atomic<bool> reachable_{true};
  std::atomic<bool> trying_{false};
};

}  // namespace holdfast::mongo
