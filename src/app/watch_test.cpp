#include "app/watch.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstddef>
#include <cstring>

using namespace holdfast;

namespace {

// A Watch takes the signals of the process: after a test they are as they were.
class KeptSignals {
 public:
  KeptSignals() {
    ::sigaction(SIGTERM, nullptr, &term_);
    ::sigaction(SIGINT, nullptr, &interrupt_);
  }
  ~KeptSignals() {
    ::sigaction(SIGTERM, &term_, nullptr);
    ::sigaction(SIGINT, &interrupt_, nullptr);
  }

 private:
  struct sigaction term_ {
  }, interrupt_{};
};

}  // namespace

TEST_CASE("watch: the first signal drains, once", "[app]") {
  const KeptSignals kept;
  NotifySocket nobody({});
  std::atomic<int> drains{0};
  {
    const Watch watch({{},
                       [&drains] {
                         drains.fetch_add(1);
                         drains.notify_all();
                       },
                       [] { return true; },
                       60'000},
                      nobody, std::nullopt);
    ::raise(GENERATE(SIGTERM, SIGINT));
    drains.wait(0);
  }
  CHECK(drains == 1);
}

TEST_CASE("watch: the watchdog is fed while the server can go on, and not afterwards", "[app]") {
  const KeptSignals kept;
  const int systemd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  const std::string name = "@holdfast-watch-test-" + std::to_string(::getpid());
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + 1, name.data() + 1, name.size() - 1);
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  REQUIRE(::bind(systemd, reinterpret_cast<const sockaddr*>(&address), length) == 0);
  NotifySocket socket({{"NOTIFY_SOCKET", name}});
  std::atomic<int> asked{0};
  constexpr int kGood = 3, kBad = 5;
  const auto can_go_on = [&asked] {
    const int number = asked.fetch_add(1) + 1;
    asked.notify_all();
    return number <= kGood;
  };
  {
    const Watch watch({{}, [] {}, can_go_on, 60'000}, socket, std::chrono::milliseconds(4));
    for (int seen = asked; seen < kGood + kBad; seen = asked) asked.wait(seen);
  }
  char text[64];
  int beats = 0;
  for (ssize_t size; (size = ::recv(systemd, text, sizeof text, 0)) >= 0; ++beats)
    CHECK(std::string(text, static_cast<std::size_t>(size)) == "WATCHDOG=1");
  CHECK(beats == kGood);
  ::close(systemd);
}
