#include "engine/postgres/breaker.h"

#include <algorithm>

namespace holdfast::postgres {

void Breaker::tried(Time now) {
  if (open()) next_ = now + pause();
}

void Breaker::failed(Time now) {
  ++failures_;
  next_ = std::max(next_, now + pause());
}

Breaker::Duration Breaker::pause() {
  constexpr std::uint32_t kDoublings = 5;  // 50 ms × 2⁵ is beyond the longest
  const auto doublings = std::min(failures_ == 0 ? 0U : failures_ - 1, kDoublings);
  const auto whole = std::min(kFirstPause * (1 << doublings), kLongestPause);
  return whole - Duration(std::uniform_int_distribution<Duration::rep>(0, whole.count() / 2)(random_));
}

}  // namespace holdfast::postgres
