#pragma once
// When to try to connect again to a server that could not be reached, and whether anybody should wait for it. Sans-I/O: told what happens
// and what time it is.
//
// Closed: attempts are free. Open, from the first failure to the first success: requests are refused at once, and one attempt after the
// other is made, with pauses that double from 50 ms to 1 s, each shortened by up to a half at random so that replicas do not come together.

#include <chrono>
#include <cstdint>
#include <random>

namespace holdfast::postgres {

class Breaker {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Duration = std::chrono::milliseconds;

  static constexpr Duration kFirstPause{50};
  static constexpr Duration kLongestPause{1000};

  explicit Breaker(std::uint32_t seed) : random_(seed) {}

  bool open() const noexcept { return failures_ > 0; }
  // An attempt may begin. While it is open, the one before need not have ended: one that hangs does not stop us from noticing that the
  // server is back.
  bool may_try(Time now) const noexcept { return !open() || now >= next_; }

  void tried(Time now);
  void failed(Time now);
  void succeeded() noexcept { failures_ = 0; }

 private:
  Duration pause();

  std::minstd_rand random_;
  std::uint32_t failures_ = 0;  // in a row
  Time next_{};
};

}  // namespace holdfast::postgres
