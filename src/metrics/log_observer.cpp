#include "metrics/log_observer.h"

#include <array>
#include <charconv>

#include "base/log.h"

namespace holdfast {
namespace {

// Milliseconds with three decimals: 1234 µs is 1.234.
std::string milliseconds(std::chrono::microseconds duration) {
  const auto count = std::max<std::chrono::microseconds::rep>(duration.count(), 0);
  std::array<char, 32> buffer;
  char* end = std::to_chars(buffer.data(), buffer.data() + buffer.size() - 4, count / 1000).ptr;
  *end++ = '.';
  auto fraction = count % 1000;
  for (int i = 2; i >= 0; --i, fraction /= 10) end[i] = static_cast<char>('0' + fraction % 10);
  return {buffer.data(), end + 3};
}

}  // namespace

bool LogObserver::wants_requests() const noexcept {
  return log_enabled(LogLevel::kInfo);
}

void LogObserver::on(const RequestFinished& event) {
  if (!wants_requests()) return;
  log(LogLevel::kInfo, "request",
      {{"method", std::string(event.method)},
       {"target", std::string(event.target)},
       {"status", std::to_string(event.status), true},
       {"bytes", std::to_string(event.body_bytes), true},
       {"durationMs", milliseconds(event.duration), true},
       {"requestId", std::string(event.request_id)},
       {"remote", std::string(event.remote)}});
}

void LogObserver::on(const RequestFailed& event) {
  log(LogLevel::kError, "a request failed in Holdfast itself",
      {{"requestId", std::string(event.request_id)}, {"what", std::string(event.what)}});
}

}  // namespace holdfast
