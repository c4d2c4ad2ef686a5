#include "app/notify_socket.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <string>

using namespace holdfast;

namespace {

// systemd's end: a datagram socket of that name, abstract when it begins with @.
class Listener {
 public:
  explicit Listener(std::string name) : name_(std::move(name)), socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name_.data(), name_.size());
    const bool abstract = name_.front() == '@';
    if (abstract) address.sun_path[0] = '\0';
    const auto length = offsetof(sockaddr_un, sun_path) + name_.size() + (abstract ? 0 : 1);
    REQUIRE(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), static_cast<socklen_t>(length)) == 0);
  }
  ~Listener() {
    ::close(socket_);
    if (name_.front() != '@') std::filesystem::remove(name_);
  }

  // What has come; a datagram on the same machine is there when it has been sent.
  std::string heard() const {
    std::array<char, 256> text{};
    const auto size = ::recv(socket_, text.data(), text.size(), 0);
    return size < 0 ? "(nothing)" : std::string(text.data(), static_cast<std::size_t>(size));
  }

 private:
  std::string name_;
  int socket_;
};

std::string own_name(const char* what) {
  return std::string(what) + std::to_string(::getpid());
}

}  // namespace

TEST_CASE("notify socket: what is told arrives, at a path and at an abstract name", "[app]") {
  const auto name =
      GENERATE_COPY(own_name("@holdfast-notify-test-"), (std::filesystem::temp_directory_path() / own_name("notify-")).string());
  const Listener systemd(name);
  NotifySocket socket({{"NOTIFY_SOCKET", name}});
  socket.tell("READY=1\nSTATUS=Serving.");
  CHECK(systemd.heard() == "READY=1\nSTATUS=Serving.");
  CHECK(systemd.heard() == "(nothing)");
}

TEST_CASE("notify socket: without one, with nobody behind it, or with a name that cannot be, nothing fails", "[app]") {
  const std::string longest(200, 'x');
  for (const std::string& name : {std::string(), own_name("/nobody-here-"), std::string("relative"), std::string("@"), "/" + longest}) {
    INFO(name);
    NotifySocket socket({{"NOTIFY_SOCKET", name}});
    CHECK_NOTHROW(socket.tell("READY=1"));
  }
}

TEST_CASE("notify socket: a watchdog waits for the process that it names, and for nobody when its period is none", "[app]") {
  using std::chrono::microseconds;
  CHECK(watchdog_period({}) == std::nullopt);
  CHECK(watchdog_period({{"WATCHDOG_USEC", "3000000"}}) == microseconds(3'000'000));
  CHECK(watchdog_period({{"WATCHDOG_USEC", "3000000"}, {"WATCHDOG_PID", std::to_string(::getpid())}}) == microseconds(3'000'000));
  CHECK(watchdog_period({{"WATCHDOG_USEC", "3000000"}, {"WATCHDOG_PID", std::to_string(::getpid() + 1)}}) == std::nullopt);
  for (const char* wrong : {"0", "-1", "soon", "3s"}) CHECK(watchdog_period({{"WATCHDOG_USEC", wrong}}) == std::nullopt);
}
