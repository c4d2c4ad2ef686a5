#pragma once
// How long something takes, as measured lately: each measurement counts a ninth, one of many things at once more. Zero until the first.
// Not thread-safe.

#include <chrono>
#include <cstdint>

namespace holdfast {

class RunningAverage {
 public:
  using Duration = std::chrono::nanoseconds;

  // `each`: of every one of `count` things.
  void add(Duration each, std::int64_t count = 1) noexcept { value_ += (each - value_) * count / (count + 8); }

  Duration value() const noexcept { return value_; }

 private:
  Duration value_{0};
};

}  // namespace holdfast
