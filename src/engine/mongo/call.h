#pragma once
// One piece of work that a loop has given to the lanes: who answers it, and when nobody waits any longer.
//
// Lives on its loop, save start() and answer(), which a lane calls. What has not started in time is never done; what has started is
// finished in any case, but a read is not waited for beyond its deadline: a server that says nothing holds a lane, not a client.

#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/loop.h"

namespace holdfast::mongo {

template <typename T>
class Call : public std::enable_shared_from_this<Call<T>> {
 public:
  using Done = asio::any_completion_handler<void(Result<T>)>;
  using Time = std::chrono::steady_clock::time_point;

  Call(asio::io_context& loop, Done done) : loop_(loop), timer_(loop), done_(std::in_place, std::move(done)) {}

  // Overloaded when it has not started by then. `ends_by`: when a started one is given up; nothing: never.
  void limit(Time starts_by, std::optional<Time> ends_by) {
    ends_by_ = ends_by;
    timer_.expires_at(starts_by);
    timer_.async_wait([self = this->shared_from_this()](const boost::system::error_code& stopped) {
      if (!stopped) self->time_is_up();
    });
  }

  // False: nobody waits for it any longer.
  bool start() noexcept {
    State expected = State::kWaiting;
    return state_.compare_exchange_strong(expected, State::kStarted);
  }

  void answer(Result<T> answer) {
    asio::post(loop_, [self = this->shared_from_this(), answer = std::move(answer)]() mutable { self->finish(std::move(answer)); });
  }

 private:
  enum class State : std::uint8_t { kWaiting, kStarted, kGivenUp };

  void time_is_up() {
    State expected = State::kWaiting;
    if (state_.compare_exchange_strong(expected, State::kGivenUp)) {
      return finish(Error(Code::kOverloaded, "Every connection to the database is in use; try again."));
    }
    if (!ends_by_ || !done_) return;
    if (std::chrono::steady_clock::now() < *ends_by_) return limit(*ends_by_, ends_by_);
    finish(Error(Code::kQueryTimeout, "The database did not answer in time."));
  }

  // The first answer counts.
  void finish(Result<T> answer) {
    if (!done_) return;
    timer_.cancel();
    Done done(std::move(*done_));
    done_.reset();
    std::move(done)(std::move(answer));
  }

  asio::io_context& loop_;
  asio::steady_timer timer_;
  std::optional<Done> done_;
  std::optional<Time> ends_by_;
  std::atomic<State> state_{State::kWaiting};
};

}  // namespace holdfast::mongo
