#include "engine/lanes.h"

#include <catch2/catch.hpp>
#include <future>

using namespace holdfast;

namespace {

constexpr std::chrono::milliseconds kPatience{60'000};

}  // namespace

TEST_CASE("lanes: a job that finds the queue full is refused at once, on the caller's thread", "[engine]") {
  Lanes lanes(1, 1, kPatience);
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
  Lanes lanes(2, 10, kPatience);
  lanes.close();
  lanes.close();
  std::size_t told = 7;
  lanes.submit([&](std::size_t lane) { told = lane; });
  CHECK(told == Lanes::kRefused);
}

TEST_CASE("lanes: a job that would wait too long, as jobs have run lately, is refused; one that finds nobody waiting is not", "[engine]") {
  Lanes lanes(1, 100, std::chrono::milliseconds(0));
  const auto run_to_end = [&lanes] {
    std::promise<void> done;
    lanes.submit([&](std::size_t) { done.set_value(); });
    done.get_future().wait();
  };
  run_to_end();
  run_to_end();  // so that the first has been measured
  std::promise<void> started, finish;
  lanes.submit([&](std::size_t) {
    started.set_value();
    finish.get_future().wait();
  });
  started.get_future().wait();
  std::size_t waiting = 7, refused = 7;
  lanes.submit([&](std::size_t lane) { waiting = lane; });
  lanes.submit([&](std::size_t lane) { refused = lane; });
  CHECK(refused == Lanes::kRefused);
  finish.set_value();
  lanes.close();
  CHECK(waiting == 0);
}
