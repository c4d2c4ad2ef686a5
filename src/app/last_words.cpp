#include "app/last_words.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>

namespace holdfast {
namespace {

constexpr int kPatienceMilliseconds = 250;
constexpr std::size_t kAtOnce = 4096;  // PIPE_BUF: a pipe that is writable takes so much without blocking

}  // namespace

bool stderr_has_room() noexcept {
  pollfd room{STDERR_FILENO, POLLOUT, 0};
  return ::poll(&room, 1, kPatienceMilliseconds) > 0;
}

bool say_last_words(std::string_view text) noexcept {
  while (!text.empty()) {
    if (!stderr_has_room()) return false;
    const auto written = ::write(STDERR_FILENO, text.data(), text.size() < kAtOnce ? text.size() : kAtOnce);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

void end_by_signal(int number) noexcept {
  ::signal(number, SIG_DFL);
  sigset_t own;
  ::sigemptyset(&own);
  ::sigaddset(&own, number);
  ::pthread_sigmask(SIG_UNBLOCK, &own, nullptr);
  ::raise(number);
  ::_exit(128 + number);  // process 1 of a container: default actions do not end it
}

}  // namespace holdfast
