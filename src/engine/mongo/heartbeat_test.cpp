#include "engine/mongo/heartbeat.h"

#include <atomic>
#include <catch2/catch.hpp>

#include "engine/mongo/testing/scripted_server.h"

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

constexpr mongo::Heartbeat::Pauses kQuick{5ms, 5ms};

// Whether it is so before long.
template <typename Condition>
bool soon(const Condition& condition, std::chrono::milliseconds patience = 20s) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

mongo::ConnectionSettings settings_of(const std::string& uri) {
  mongo::ConnectionSettings settings;
  settings.uri.reset(mongoc_uri_new(uri.c_str()));
  settings.database = "shop";
  return settings;
}

}  // namespace

TEST_CASE("mongo: a server that is back is found again, and one that is gone is missed, while nobody asks for anything", "[engine]") {
  const mongo::Driver driver;
  mongo::Gate gate;
  auto server = std::make_unique<testing::ScriptedServer>(testing::sound_script());
  const mongo::ConnectionSettings settings = settings_of(server->uri());
  gate.leave(false);
  std::atomic<int> answers = 0;
  const mongo::Heartbeat heartbeat(settings, gate, kQuick, [&] { ++answers; });
  CHECK(soon([&] { return gate.is_reachable(); }));
  CHECK(soon([&] { return answers > 1; }));
  server.reset();
  CHECK(soon([&] { return !gate.is_reachable(); }));
}

TEST_CASE("mongo: a server that requests have found gone is asked for at once as often as one that is gone", "[engine]") {
  const mongo::Driver driver;
  mongo::Gate gate;
  const testing::ScriptedServer server(testing::sound_script());
  const mongo::ConnectionSettings settings = settings_of(server.uri());
  const mongo::Heartbeat heartbeat(settings, gate, mongo::Heartbeat::Pauses{1h, 5ms}, [] {});
  CHECK_FALSE(soon([&] { return !server.received("ping").empty(); }, 100ms));
  gate.leave(false);
  CHECK(soon([&] { return gate.is_reachable(); }));
}

TEST_CASE("mongo: a server whose name does not resolve is missed, and asked for again", "[engine]") {
  const mongo::Driver driver;
  mongo::Gate gate;
  const mongo::ConnectionSettings settings = settings_of("mongodb+srv://db.nowhere.invalid/shop");
  mongo::Heartbeat heartbeat(settings, gate, kQuick, [] {});
  CHECK(soon([&] { return !gate.is_reachable(); }));
  heartbeat.stop();
  CHECK(gate.enter());
}

TEST_CASE("mongo: a server that hangs up on an old connection and answers on a new one is not missed", "[engine]") {
  const mongo::Driver driver;
  mongo::Gate gate;
  auto script = testing::sound_script();
  script["first ping"] = "";
  script["ping"] = R"({"ok":1})";
  const testing::ScriptedServer server(script);
  const mongo::ConnectionSettings settings = settings_of(server.uri());
  const mongo::Heartbeat heartbeat(settings, gate, mongo::Heartbeat::Pauses{5ms, 1h},
                                   [] {});  // were it missed, the next question is far away
  CHECK(soon([&] { return server.received("ping").size() > 2; }));
  CHECK(gate.is_reachable());
}
