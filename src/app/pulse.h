#pragma once
// Whether loops really turn: a mark is posted to each, and each must have run it by the next look.
//
// Threads: one, which is none of the loops'. The loops outlive it, or at least do not run afterwards.

#include <atomic>
#include <memory>
#include <vector>

#include "base/loop.h"

namespace holdfast {

class Pulse {
 public:
  explicit Pulse(const std::vector<asio::io_context*>& loops);

  // True when every loop has turned since this was last true; a loop that has been stopped need not. Never blocks.
  bool felt();

 private:
  struct Mark {
    asio::io_context* loop;
    std::shared_ptr<std::atomic<bool>> turned;  // shared with what is posted, which may outlive us
  };

  static void post(const Mark& mark);

  std::vector<Mark> marks_;
};

}  // namespace holdfast
