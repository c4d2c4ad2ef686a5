#include "engine/mongo/heartbeat.h"

#include <algorithm>

#include "engine/mongo/document.h"

namespace holdfast::mongo {
namespace {

constexpr std::int32_t kPatience = 2000;  // milliseconds for an answer; a server that takes longer serves nobody

// Of the same server, and not counted among the pool's.
ConnectionSettings own(const ConnectionSettings& settings) {
  ConnectionSettings own;
  own.uri.reset(mongoc_uri_copy(settings.uri.get()));
  own.database = settings.database;
  for (const char* timeout : {MONGOC_URI_CONNECTTIMEOUTMS, MONGOC_URI_SOCKETTIMEOUTMS, MONGOC_URI_SERVERSELECTIONTIMEOUTMS}) {
    mongoc_uri_set_option_as_int32(own.uri.get(), timeout, kPatience);
  }
  return own;
}

}  // namespace

Heartbeat::Heartbeat(const ConnectionSettings& settings, Gate& gate, Pauses pauses, std::function<void()> on_answer)
    : gate_(gate),
      pauses_(pauses),
      on_answer_(std::move(on_answer)),
      settings_(own(settings)),
      connection_(settings_),
      thread_([this](const std::stop_token& stopped) { run(stopped); }) {}

void Heartbeat::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

void Heartbeat::run(const std::stop_token& stopped) {
  using Clock = std::chrono::steady_clock;
  std::unique_lock lock(mutex_);
  Clock::time_point last = Clock::now();
  while (true) {
    wake_.wait_for(lock, stopped, std::min(pauses_.reachable, pauses_.unreachable), [] { return false; });
    if (stopped.stop_requested()) return;
    const auto pause = gate_.is_reachable() ? pauses_.reachable : pauses_.unreachable;  // requests may have found it out meanwhile
    if (Clock::now() - last < pause) continue;
    beat();
    last = Clock::now();
  }
}

// Nothing to find out where a request is finding it out. Asked once more on a new connection: the old one may be all that was lost.
void Heartbeat::beat() {
  if (!gate_.enter()) return;
  const bool answered = answers() || answers();
  gate_.leave(answered);
  if (answered) on_answer_();
}

bool Heartbeat::answers() {
  Document ping;
  append_int32(*ping.get(), "ping", 1);
  connection_.begin_work();
  static_cast<void>(connection_.read(*ping.get()));  // a refusal is an answer
  return !connection_.has_met_nobody();
}

}  // namespace holdfast::mongo
