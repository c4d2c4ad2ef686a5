#include "engine/postgres/breaker.h"

#include <catch2/catch.hpp>

using namespace holdfast::postgres;
using std::chrono::milliseconds;

namespace {

// How long after `now` the next attempt may begin, to the millisecond.
milliseconds pause_of(const Breaker& breaker, Breaker::Time now) {
  milliseconds pause{0};
  while (!breaker.may_try(now + pause)) ++pause;
  return pause;
}

}  // namespace

TEST_CASE("breaker: is closed until an attempt fails, and from the first that succeeds", "[engine]") {
  Breaker breaker(1);
  const Breaker::Time now{};
  CHECK_FALSE(breaker.open());
  CHECK(breaker.may_try(now));
  breaker.tried(now);
  CHECK(breaker.may_try(now));
  breaker.failed(now);
  CHECK(breaker.open());
  CHECK_FALSE(breaker.may_try(now));
  breaker.succeeded();
  CHECK_FALSE(breaker.open());
  CHECK(breaker.may_try(now));
}

TEST_CASE("breaker: pauses double up to the longest, each shortened by at most a half", "[engine]") {
  for (std::uint32_t seed = 1; seed < 50; ++seed) {
    Breaker breaker(seed);
    Breaker::Time now{};
    milliseconds whole = Breaker::kFirstPause;
    for (int failure = 0; failure < 40; ++failure) {
      breaker.failed(now);
      const milliseconds pause = pause_of(breaker, now);
      CHECK(pause >= whole / 2);
      CHECK(pause <= whole);
      now += pause;
      whole = std::min(whole * 2, Breaker::kLongestPause);
    }
  }
}

TEST_CASE("breaker: an attempt that hangs does not keep the next one from being made", "[engine]") {
  Breaker breaker(1);
  Breaker::Time now{};
  for (int failure = 0; failure < 10; ++failure) breaker.failed(now);
  now += pause_of(breaker, now);
  breaker.tried(now);
  CHECK_FALSE(breaker.may_try(now));
  CHECK(pause_of(breaker, now) <= Breaker::kLongestPause);
}

TEST_CASE("breaker: replicas that fail together do not come back together", "[engine]") {
  std::vector<milliseconds> pauses;
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    Breaker breaker(seed * 7919);
    for (int failure = 0; failure < 10; ++failure) breaker.failed({});
    pauses.push_back(pause_of(breaker, {}));
  }
  std::sort(pauses.begin(), pauses.end());
  CHECK(pauses.back() - pauses.front() > milliseconds(100));
}
