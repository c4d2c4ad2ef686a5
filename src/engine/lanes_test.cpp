#include "engine/lanes.h"

#include <catch2/catch.hpp>
#include <future>

using namespace holdfast;

TEST_CASE("lanes: a job that finds the queue full is refused at once, on the caller's thread", "[engine]") {
  Lanes lanes(1, 1);
  std::promise<void> started, finish;
  lanes.submit([&](std::size_t lane) {
    CHECK(lane == 0);
    started.set_value();
    finish.get_future().wait();
  });
  started.get_future().wait();
  std::size_t waiting = 7, refused = 7;
  lanes.submit([&](std::size_t lane) { waiting = lane; });
  lanes.submit([&](std::size_t lane) { refused = lane; });
  CHECK(refused == Lanes::kRefused);
  CHECK(waiting == 7);
  finish.set_value();
  lanes.close();
  CHECK(waiting == 0);  // what waited was run before the end
}

TEST_CASE("lanes: after close every job is refused", "[engine]") {
  Lanes lanes(2, 10);
  lanes.close();
  lanes.close();
  std::size_t told = 7;
  lanes.submit([&](std::size_t lane) { told = lane; });
  CHECK(told == Lanes::kRefused);
}
