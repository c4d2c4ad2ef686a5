#include "base/log.h"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>

#include "base/log_line.h"

namespace holdfast {
namespace {

constexpr std::size_t kBufferLimit = 64 * 1024;
constexpr auto kFlushPeriod = std::chrono::seconds(1);
constexpr const char* kLoggerName = "holdfast";

// Gathers finished lines and writes them to stderr together: a line costs a copy under a mutex, not a system call (an access log line: 0.35
// µs in all). Whoever flushes writes whole lines. Lines that stderr does not take (closed, full disk) are dropped: a log must not stop the
// server.
class BufferedStderr final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  BufferedStderr() { buffer_.reserve(2 * kBufferLimit); }

 protected:
  void sink_it_(const spdlog::details::log_msg& line) override {
    buffer_.append(line.payload.data(), line.payload.size());
    buffer_ += '\n';
    if (buffer_.size() >= kBufferLimit) flush_();
  }

  void flush_() override {
    std::string_view rest = buffer_;
    while (!rest.empty()) {
      const auto written = ::write(STDERR_FILENO, rest.data(), rest.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) break;
      rest.remove_prefix(static_cast<std::size_t>(written));
    }
    buffer_.clear();
  }

 private:
  std::string buffer_;
};

// Before start_log(): warnings and worse, at once, so that nothing said early is lost.
std::atomic<LogLevel> lowest_level{LogLevel::kWarn};
std::atomic<LogFormat> line_format{LogFormat::kLogfmt};

// spdlog counts levels as we do, with `critical` between error and off.
spdlog::level::level_enum level_of(LogLevel level) {
  return static_cast<spdlog::level::level_enum>(level);
}

// Never destroyed: lines may come while the process ends.
const std::shared_ptr<spdlog::logger>& logger() {
  static const auto* const instance = [] {
    auto made = std::make_shared<spdlog::logger>(kLoggerName, std::make_shared<BufferedStderr>());
    made->set_level(spdlog::level::trace);
    made->flush_on(spdlog::level::warn);
    return new std::shared_ptr<spdlog::logger>(std::move(made));
  }();
  return *instance;
}

Milliseconds now() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

void start_log(LogLevel level, LogFormat format) {
  lowest_level = level;
  line_format = format;
  static const bool started = [] {
    // A person who looks on sees each line at once; a pipe or a file gets them each second.
    if (::isatty(STDERR_FILENO)) logger()->flush_on(spdlog::level::trace);
    spdlog::register_logger(logger());
    spdlog::flush_every(kFlushPeriod);
    std::atexit(flush_log);
    return true;
  }();
  static_cast<void>(started);
}

bool log_enabled(LogLevel level) noexcept {
  return level >= lowest_level.load(std::memory_order_relaxed) && level != LogLevel::kOff;
}

void log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  if (!log_enabled(level)) return;
  thread_local std::string line;
  line.clear();
  append_log_line(line, line_format.load(std::memory_order_relaxed), now(), level, message, {fields.begin(), fields.size()});
  logger()->log(level_of(level), spdlog::string_view_t(line.data(), line.size()));
}

void flush_log() {
  logger()->flush();
}

}  // namespace holdfast
