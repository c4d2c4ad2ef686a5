#include "app/notify_socket.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstring>

#include "base/log.h"

namespace holdfast {
namespace {

std::string_view value_of(const Environment& environment, std::string_view name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string_view() : std::string_view(found->second);
}

std::optional<std::int64_t> parse_positive(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number <= 0) return std::nullopt;
  return number;
}

void warn(std::string_view why) {
  log(LogLevel::kWarn, "systemd cannot be told how the server stands", {{"why", std::string(why)}});
}

}  // namespace

NotifySocket::NotifySocket(const Environment& environment) : address_(value_of(environment, "NOTIFY_SOCKET")) {
  if (address_.empty()) return;
  const bool known = address_.size() > 1 && (address_.front() == '/' || address_.front() == '@');
  if (!known || address_.size() >= sizeof(sockaddr_un::sun_path)) {
    warn("NOTIFY_SOCKET must be an absolute path or @NAME of at most 107 bytes");
    return;
  }
  if (address_.front() == '@') address_.front() = '\0';
  socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket_ < 0) warn(std::strerror(errno));
}

NotifySocket::~NotifySocket() {
  if (socket_ >= 0) ::close(socket_);
}

void NotifySocket::tell(std::string_view state) noexcept {
  if (socket_ < 0) return;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, address_.data(), address_.size());
  // An abstract name is as long as it is; a path ends with the 0 behind it.
  const auto length = offsetof(sockaddr_un, sun_path) + address_.size() + (address_.front() == '\0' ? 0 : 1);
  const auto sent = ::sendto(socket_, state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address),
                             static_cast<socklen_t>(length));
  if (sent < 0 && !failed_.exchange(true)) warn(std::strerror(errno));
}

std::optional<std::chrono::microseconds> watchdog_period(const Environment& environment) {
  const auto period = value_of(environment, "WATCHDOG_USEC");
  if (period.empty()) return std::nullopt;
  const auto owner = value_of(environment, "WATCHDOG_PID");
  if (!owner.empty() && parse_positive(owner) != ::getpid()) return std::nullopt;
  const auto number = parse_positive(period);
  if (!number) {
    log(LogLevel::kWarn, "the watchdog of systemd is not fed", {{"why", "WATCHDOG_USEC must be a number of microseconds from 1"}});
    return std::nullopt;
  }
  return std::chrono::microseconds(*number);
}

}  // namespace holdfast
