#pragma once
// Who attends to a running server, on a thread of its own so that it does not depend on a loop: hears SIGTERM and SIGINT, tells systemd how
// the server stands, and feeds its watchdog as long as the server lives.
//
// Signals: the first one drains, the second one ends the process at once by its default action (a shell says 130 or 143), wherever the
// process is. Before there is a Watch, the first one does that. One Watch at a time: signals belong to the process.

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "app/notify_socket.h"
#include "app/pulse.h"
#include "base/timestamp.h"

namespace holdfast {

struct Watched {
  std::vector<asio::io_context*> loops;
  std::function<void()> drain;      // from the thread of the Watch; must not block
  std::function<bool()> can_go_on;  // false: only a restart helps, so the watchdog is not fed
  Milliseconds longest_drain = 0;   // what goes on then is not waited for: the process ends with status 1
};

class Watch {
 public:
  // Takes over the signals. `systemd` and what `watched` names must outlive it; `watchdog` as watchdog_period() says.
  Watch(Watched watched, NotifySocket& systemd, std::optional<std::chrono::microseconds> watchdog);
  // The process ends: signals stay as they are, so that a second one still ends it at once.
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

 private:
  using Instant = std::chrono::steady_clock::time_point;

  void run();
  void hear();
  void beat();
  Instant next() const;

  const Watched watched_;
  NotifySocket& systemd_;
  const std::optional<std::chrono::microseconds> watchdog_;
  Pulse pulse_;
  Instant beat_at_ = Instant::max();
  Instant end_at_ = Instant::max();
  std::atomic<bool> stopping_{false};
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace holdfast
