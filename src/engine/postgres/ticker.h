#pragma once
// Calls somebody now and then on a loop: often while there is something to watch, seldom otherwise. Does not keep the loop running.
// Belongs to its loop, save that it is made and started on any thread before the loop runs.

#include <boost/asio/basic_waitable_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>

#include "base/loop.h"

namespace holdfast::postgres {

class Ticker final : public std::enable_shared_from_this<Ticker> {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::milliseconds kBusy{10}, kIdle{250};

  // `tick` answers whether there is something to watch.
  Ticker(asio::io_context& loop, std::function<bool(Time)> tick);

  void start();
  // There is something to watch.
  void hurry();
  // Nothing is called any more.
  void stop() noexcept;

 private:
  using Timer = asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;

  void run();
  void wait(std::chrono::milliseconds pause);

  asio::io_context& loop_;
  std::function<bool(Time)> tick_;
  Timer timer_;
  bool idle_ = false;
};

}  // namespace holdfast::postgres
