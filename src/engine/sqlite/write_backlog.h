#pragma once
// How long a write would have to wait for those before it, from what groups took lately; and whether that is too long. Values only: the
// writer tells it what happens, and when.
//
// A limit by count alone would be seconds on a slow disk, or behind removals that take thousands of others with them.

#include <chrono>
#include <cstddef>

#include "engine/running_average.h"

namespace holdfast::sqlite {

class WriteBacklog {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Duration = std::chrono::nanoseconds;

  static constexpr std::size_t kGroupLimit = 256;   // writes of one commit: bounds how long the first of a group waits for the last
  static constexpr std::size_t kQueueLimit = 8192;  // bounds memory
  static constexpr std::chrono::seconds kStall{
      2};  // a group that takes longer than this: the disk hangs, or another program holds the file

  // `longest_wait`: who would wait longer is not taken.
  explicit WriteBacklog(Duration longest_wait) noexcept : longest_wait_(longest_wait) {}

  // False: overloaded. One that finds nobody waiting is always taken.
  bool admits(Time now) const noexcept;
  Duration expected_wait() const noexcept;

  void add(Time now) noexcept;  // a write was taken
  // `count` writes were applied and committed as one group.
  void note_group(std::size_t count, Duration applying, Duration committing) noexcept;
  void answered(std::size_t count, Time now) noexcept;

 private:
  Duration longest_wait_;
  RunningAverage apply_, commit_;
  std::size_t waiting_ = 0;  // taken and not answered
  Time progress_;            // when the first of them came, or the last group was answered
};

}  // namespace holdfast::sqlite
