#pragma once
// What a service tells systemd, by its datagrams (sd_notify(3)), without its library.
//
// Threads: any. Never blocks: a datagram that is not taken is lost, and said once in the log.

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "app/config.h"

namespace holdfast {

class NotifySocket {
 public:
  // NOTIFY_SOCKET of the environment: a path, or @NAME in the abstract namespace. Not set: nobody is told, and nothing fails.
  // A socket that cannot be had is a warning: whoever starts a server that systemd does not hear of will look into the log.
  explicit NotifySocket(const Environment& environment);
  ~NotifySocket();
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;

  // Lines of sd_notify(3): "READY=1\nSTATUS=Serving.".
  void tell(std::string_view state) noexcept;

 private:
  int socket_ = -1;
  std::string address_;  // as the kernel wants it: of an abstract name the first byte is 0
  std::atomic<bool> failed_{false};
};

// How long systemd waits between two WATCHDOG=1 before it ends this process: WATCHDOG_USEC, unless WATCHDOG_PID is another's.
std::optional<std::chrono::microseconds> watchdog_period(const Environment& environment);

}  // namespace holdfast
