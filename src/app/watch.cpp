#include "app/watch.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "app/last_words.h"

namespace holdfast {
namespace {

using std::chrono::steady_clock;

constexpr std::array<int, 2> kSignals{SIGTERM, SIGINT};
constexpr int kBeatsInPeriod = 2;         // as sd_watchdog_enabled(3) advises
constexpr int kLooksAfterMissedBeat = 5;  // before the next one is due: a loop that was busy at the wrong moment is not dead

// Of the process, since a signal handler has nothing else. Made by the first Watch, kept for good.
std::atomic<int> bell{-1};
std::atomic<int> heard{0};  // the first signal

// The writer's group is atomic and what was acknowledged is on the disk: ending anywhere harms nothing.
void on_signal(int number) {
  const int saved = errno;
  int none = 0;
  if (!heard.compare_exchange_strong(none, number)) end_by_signal(number);
  ::eventfd_write(bell, 1);
  errno = saved;
}

void take_signals() {
  if (bell < 0) bell = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (bell < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  heard = 0;
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART | SA_ONSTACK;
  for (const int number : kSignals) ::sigaction(number, &action, nullptr);
}

}  // namespace

Watch::Watch(Watched watched, NotifySocket& systemd, std::optional<std::chrono::microseconds> watchdog)
    : watched_(std::move(watched)), systemd_(systemd), watchdog_(watchdog), pulse_(watched_.loops) {
  take_signals();
  if (watchdog_) beat_at_ = steady_clock::now() + *watchdog_ / kBeatsInPeriod;
  thread_ = std::thread([this] { run(); });
}

Watch::~Watch() {
  stopping_ = true;
  ::eventfd_write(bell, 1);
  thread_.join();
}

// Without the log: a stderr that nobody reads holds whoever writes to it, and may be why the drain does not end.
void Watch::run() {
  ::pthread_setname_np(::pthread_self(), "holdfast-watch");
  while (!stopping_) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next() - steady_clock::now()).count();
    pollfd rung{bell, POLLIN, 0};
    const int wait = next() == Instant::max() ? -1 : static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
    if (::poll(&rung, 1, wait) > 0) {
      eventfd_t count;
      ::eventfd_read(bell, &count);
    }
    if (heard != 0 && end_at_ == Instant::max()) hear();
    if (steady_clock::now() >= beat_at_) beat();
    if (steady_clock::now() >= end_at_) {
      say_last_words("holdfast: the drain has not come to its end in time, so the process ends; what was acknowledged is kept\n");
      ::_exit(1);
    }
  }
}

void Watch::hear() {
  end_at_ = steady_clock::now() + std::chrono::milliseconds(watched_.longest_drain);
  watched_.drain();
  systemd_.tell("STOPPING=1\nSTATUS=Draining: requests that have begun are finished.");
}

void Watch::beat() {
  const auto period = *watchdog_ / kBeatsInPeriod;
  const bool alive = watched_.can_go_on() && pulse_.felt();
  if (alive) systemd_.tell("WATCHDOG=1");
  beat_at_ = steady_clock::now() + (alive ? period : period / kLooksAfterMissedBeat);
}

Watch::Instant Watch::next() const {
  return std::min(beat_at_, end_at_);
}

}  // namespace holdfast
