#include "engine/postgres/ticker.h"

#include <boost/asio/post.hpp>

#include "engine/postgres/background.h"

namespace holdfast::postgres {

Ticker::Ticker(asio::io_context& loop, std::function<bool(Time)> tick) : loop_(loop), tick_(std::move(tick)), timer_(loop.get_executor()) {}

void Ticker::start() {
  asio::post(loop_, [self = weak_from_this()] {
    if (const auto ticker = self.lock()) ticker->run();
  });
}

void Ticker::hurry() {
  if (std::exchange(idle_, false)) wait(kBusy);
}

void Ticker::stop() noexcept {
  tick_ = nullptr;
  timer_.cancel();
}

void Ticker::run() {
  if (!tick_) return;
  idle_ = !tick_(std::chrono::steady_clock::now());
  wait(idle_ ? kIdle : kBusy);
}

// A wait that was going on is given up.
void Ticker::wait(std::chrono::milliseconds pause) {
  timer_.expires_after(pause);
  const auto on_time = [self = weak_from_this()](const boost::system::error_code& error) {
    const auto ticker = self.lock();
    if (ticker && !error) ticker->run();
  };
  wait_in_background(loop_, on_time, [this](auto handler) { timer_.async_wait(handler); });
}

}  // namespace holdfast::postgres
