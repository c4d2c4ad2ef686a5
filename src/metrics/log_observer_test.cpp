#include "metrics/log_observer.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <string>

#include "base/log.h"

using namespace holdfast;

namespace {

// What `act` writes to stderr through the log at `level`.
template <typename Act>
std::string logged(LogLevel level, Act act) {
  std::FILE* file = std::tmpfile();
  const int kept = ::dup(STDERR_FILENO);
  ::dup2(::fileno(file), STDERR_FILENO);
  start_log(level, LogFormat::kLogfmt);
  act();
  flush_log();
  start_log(LogLevel::kWarn, LogFormat::kLogfmt);
  ::dup2(kept, STDERR_FILENO);
  ::close(kept);
  std::string text(static_cast<std::size_t>(::lseek(::fileno(file), 0, SEEK_END)), '\0');
  text.resize(static_cast<std::size_t>(::pread(::fileno(file), text.data(), text.size(), 0)));
  std::fclose(file);
  const auto message = text.find(" level=");
  return message == std::string::npos ? text : text.substr(message + 1);
}

RequestFinished finished() {
  RequestFinished event;
  event.method = "GET";
  event.target = "/api/items?name=a b";
  event.request_id = "01J";
  event.remote = "127.0.0.1";
  event.status = 200;
  event.body_bytes = 512;
  event.duration = std::chrono::microseconds(12034);
  return event;
}

}  // namespace

TEST_CASE("log observer: an answered request is one info line", "[metrics]") {
  LogObserver observer;
  CHECK(logged(LogLevel::kInfo, [&] { observer.on(finished()); }) ==
        "level=info message=request method=GET target=\"/api/items?name=a b\" status=200 bytes=512 durationMs=12.034 requestId=01J "
        "remote=127.0.0.1\n");
}

TEST_CASE("log observer: a failed request is one error line with its id", "[metrics]") {
  LogObserver observer;
  CHECK(logged(LogLevel::kInfo, [&] {
          observer.on(RequestFailed{"01J", "broken\ninvariant"});
        }) == "level=error message=\"a request failed in Holdfast itself\" requestId=01J what=\"broken\\ninvariant\"\n");
}

TEST_CASE("log observer: wants no requests when info is not told, and tells none", "[metrics]") {
  LogObserver observer;
  bool wanted = true;
  const auto text = logged(LogLevel::kWarn, [&] {
    wanted = observer.wants_requests();
    observer.on(finished());
  });
  CHECK_FALSE(wanted);
  CHECK(text.empty());
}
