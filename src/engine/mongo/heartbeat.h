#pragma once
// Asks the server now and then whether it is there, on a thread of its own, and tells the gate: readiness is known also while nobody asks
// for anything, and comes back by itself.

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

#include "engine/mongo/connection.h"
#include "engine/mongo/gate.h"

namespace holdfast::mongo {

class Heartbeat {
 public:
  struct Pauses {
    std::chrono::milliseconds reachable{5000}, unreachable{1000};
  };

  // The settings and the gate must outlive it. Its client is none of the pool's, and not counted. `on_answer` is called on its thread
  // whenever the server has answered.
  Heartbeat(const ConnectionSettings& settings, Gate& gate, Pauses pauses, std::function<void()> on_answer);
  ~Heartbeat() { stop(); }
  Heartbeat(const Heartbeat&) = delete;
  Heartbeat& operator=(const Heartbeat&) = delete;

  // Waits for the question that is out: some seconds at most. Idempotent.
  void stop();

 private:
  void run(const std::stop_token& stopped);
  void beat();
  bool answers();

  Gate& gate_;
  const Pauses pauses_;
  const std::function<void()> on_answer_;
  ConnectionSettings settings_;
  Connection connection_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace holdfast::mongo
