#pragma once
// Lines for operators on stderr, as logfmt or JSON. Thread-safe. One process-wide sink, set once at start.

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace holdfast {

enum class LogLevel { kTrace, kDebug, kInfo, kWarn, kError, kOff };
enum class LogFormat { kLogfmt, kJson };

struct LogField {
  std::string_view name;
  std::string value;
  bool number = false;  // written without quotes
};

void start_log(LogLevel level, LogFormat format);
bool log_enabled(LogLevel level) noexcept;
void log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields = {});
void flush_log();

}  // namespace holdfast
