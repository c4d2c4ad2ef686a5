#include "app/pulse.h"

#include <algorithm>
#include <boost/asio/post.hpp>

namespace holdfast {

Pulse::Pulse(const std::vector<asio::io_context*>& loops) {
  for (asio::io_context* loop : loops) marks_.push_back({loop, std::make_shared<std::atomic<bool>>(false)});
  for (const Mark& mark : marks_) post(mark);
}

// Only all together: a loop that hangs gets no second mark.
bool Pulse::felt() {
  const auto turned = [](const Mark& mark) { return mark.turned->load() || mark.loop->stopped(); };
  if (!std::all_of(marks_.begin(), marks_.end(), turned)) return false;
  for (const Mark& mark : marks_) {
    mark.turned->store(false);
    post(mark);
  }
  return true;
}

void Pulse::post(const Mark& mark) {
  asio::post(*mark.loop, [turned = mark.turned] { turned->store(true); });
}

}  // namespace holdfast
