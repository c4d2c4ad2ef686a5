#include "engine/mongo/call.h"

#include <catch2/catch.hpp>
#include <thread>

#include "engine/mongo/gate.h"

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

using IntegerCall = mongo::Call<int>;

struct Asked {
  asio::io_context loop{1};
  std::vector<Result<int>> answers;
  std::shared_ptr<IntegerCall> call = std::make_shared<IntegerCall>(loop, [this](const Result<int>& answer) { answers.push_back(answer); });

  static IntegerCall::Time in(std::chrono::milliseconds time) { return std::chrono::steady_clock::now() + time; }
};

}  // namespace

TEST_CASE("mongo: work that finds no lane in time is never begun", "[engine]") {
  Asked asked;
  asked.call->limit(Asked::in(1ms), std::nullopt);
  asked.loop.run();
  REQUIRE(asked.answers.size() == 1);
  CHECK(asked.answers.front().error().code == Code::kOverloaded);
  CHECK_FALSE(asked.call->start());
}

TEST_CASE("mongo: work that began in time is waited for", "[engine]") {
  Asked asked;
  asked.call->limit(Asked::in(1ms), std::nullopt);
  REQUIRE(asked.call->start());
  asked.loop.run();  // until the limit is reached
  CHECK(asked.answers.empty());
  std::thread([&] { asked.call->answer(7); }).join();
  asked.loop.restart();
  asked.loop.run();
  REQUIRE(asked.answers.size() == 1);
  CHECK(asked.answers.front().value() == 7);
}

TEST_CASE("mongo: a read whose server says nothing is given up, and answered once", "[engine]") {
  Asked asked;
  asked.call->limit(Asked::in(1ms), Asked::in(5ms));
  REQUIRE(asked.call->start());
  asked.loop.run();
  REQUIRE(asked.answers.size() == 1);
  CHECK(asked.answers.front().error().code == Code::kQueryTimeout);
  asked.call->answer(7);
  asked.loop.restart();
  asked.loop.run();
  CHECK(asked.answers.size() == 1);
}

TEST_CASE("mongo: while the server is out of reach one request at a time tries it", "[engine]") {
  mongo::Gate gate;
  CHECK(gate.enter());
  CHECK(gate.enter());
  gate.leave(false);
  CHECK_FALSE(gate.is_reachable());
  CHECK(gate.enter());
  CHECK_FALSE(gate.enter());
  gate.leave(false);
  CHECK(gate.enter());
  gate.leave(true);
  CHECK(gate.is_reachable());
  CHECK(gate.enter());
  CHECK(gate.enter());
}
