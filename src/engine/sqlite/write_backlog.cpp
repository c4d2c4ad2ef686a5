#include "engine/sqlite/write_backlog.h"

namespace holdfast::sqlite {

bool WriteBacklog::admits(Time now) const noexcept {
  if (waiting_ == 0) return true;
  return waiting_ < kQueueLimit && now - progress_ < kStall && expected_wait() <= longest_wait_;
}

WriteBacklog::Duration WriteBacklog::expected_wait() const noexcept {
  const auto commits = static_cast<std::int64_t>(waiting_ / kGroupLimit) + 1;
  return commits * commit_.value() + static_cast<std::int64_t>(waiting_) * apply_.value();
}

void WriteBacklog::add(Time now) noexcept {
  if (waiting_++ == 0) progress_ = now;
}

void WriteBacklog::note_group(std::size_t count, Duration applying, Duration committing) noexcept {
  const auto writes = static_cast<std::int64_t>(count);
  apply_.add(applying / writes, writes);
  commit_.add(committing);
}

void WriteBacklog::answered(std::size_t count, Time now) noexcept {
  waiting_ -= count;
  progress_ = now;
}

}  // namespace holdfast::sqlite
