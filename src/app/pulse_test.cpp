#include "app/pulse.h"

#include <boost/asio/executor_work_guard.hpp>
#include <catch2/catch.hpp>

using namespace holdfast;

namespace {

// A loop as in a server: it does not stop when there is nothing to do.
struct Turning {
  asio::io_context loop{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{loop.get_executor()};
};

}  // namespace

TEST_CASE("pulse: is felt when every loop has turned, and once only for each turn", "[app]") {
  Turning first, second;
  Pulse pulse({&first.loop, &second.loop});
  CHECK_FALSE(pulse.felt());
  first.loop.poll();
  CHECK_FALSE(pulse.felt());  // the other one hangs
  second.loop.poll();
  CHECK(pulse.felt());
  CHECK_FALSE(pulse.felt());
  CHECK(first.loop.poll() == 1);  // whoever hangs gathers no marks
  CHECK(second.loop.poll() == 1);
  CHECK(pulse.felt());
}

TEST_CASE("pulse: a loop that has been stopped is not missed", "[app]") {
  Turning stopped, turning;
  Pulse pulse({&stopped.loop, &turning.loop});
  stopped.loop.stop();
  CHECK_FALSE(pulse.felt());
  turning.loop.poll();
  CHECK(pulse.felt());
}
