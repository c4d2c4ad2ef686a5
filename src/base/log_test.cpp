#include "base/log.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstdio>
#include <string>
#include <vector>

#include "base/log_line.h"

using namespace holdfast;

namespace {

constexpr Milliseconds kTime = 1795406706789;  // 2026-11-23T04:05:06.789Z

std::string line(LogFormat format, std::string_view message, const std::vector<LogField>& fields = {}, LogLevel level = LogLevel::kInfo) {
  std::string out;
  append_log_line(out, format, kTime, level, message, fields);
  return out;
}

// What stderr gets while this lives.
class CapturedStderr {
 public:
  CapturedStderr() : file_(std::tmpfile()), kept_(::dup(STDERR_FILENO)) { ::dup2(::fileno(file_), STDERR_FILENO); }
  ~CapturedStderr() {
    ::dup2(kept_, STDERR_FILENO);
    ::close(kept_);
    std::fclose(file_);
  }
  std::string text() const {
    std::string out(static_cast<std::size_t>(::lseek(::fileno(file_), 0, SEEK_END)), '\0');
    out.resize(static_cast<std::size_t>(::pread(::fileno(file_), out.data(), out.size(), 0)));
    return out;
  }

 private:
  std::FILE* file_;
  int kept_;
};

}  // namespace

TEST_CASE("log: logfmt quotes only what needs it", "[base]") {
  CHECK(line(LogFormat::kLogfmt, "ready", {{"port", "8080", true}, {"path", "/api/items?limit"}, {"empty", ""}}) ==
        "time=2026-11-23T04:05:06.789Z level=info message=ready port=8080 path=/api/items?limit empty=\"\"");
  CHECK(line(LogFormat::kLogfmt, "two words", {{"a", "x=y"}}, LogLevel::kError) ==
        "time=2026-11-23T04:05:06.789Z level=error message=\"two words\" a=\"x=y\"");
}

TEST_CASE("log: JSON lines carry numbers as numbers", "[base]") {
  CHECK(line(LogFormat::kJson, "request", {{"status", "200", true}, {"target", "/"}}, LogLevel::kWarn) ==
        R"({"time":"2026-11-23T04:05:06.789Z","level":"warn","message":"request","status":200,"target":"/"})");
}

TEST_CASE("log: no value can end its line, its quotes, or command a terminal", "[base]") {
  const auto format = GENERATE(LogFormat::kLogfmt, LogFormat::kJson);
  const auto escaped = [format](std::string_view text) {
    const auto whole = line(format, "m", {{"v", std::string(text)}});
    const auto begin = whole.find(format == LogFormat::kJson ? "\"v\":\"" : "v=\"") + (format == LogFormat::kJson ? 5 : 3);
    return whole.substr(begin, whole.size() - begin - (format == LogFormat::kJson ? 2 : 1));
  };
  CHECK(escaped("a\nlevel=error\r\t") == "a\\nlevel=error\\r\\t");
  CHECK(escaped("say \"no\" \\") == "say \\\"no\\\" \\\\");
  CHECK(escaped(std::string_view("\x1b[31m\x7f\0", 7)) == "\\u001b[31m\\u007f\\u0000");
  CHECK(escaped("\xC2\x9B"
                "31m \xC2\xA0") == "\\u009b31m \xC2\xA0");
  CHECK(escaped("\xC3\xA9t\xC3\xA9 \xF0\x9F\x98\x80") == "\xC3\xA9t\xC3\xA9 \xF0\x9F\x98\x80");
}

TEST_CASE("log: bytes that are not UTF-8 become U+FFFD", "[base]") {
  for (const auto* bytes : {"\xFF", "\xC0", "\xC3", "\x80", "\xF5"})
    CHECK(line(LogFormat::kLogfmt, bytes).ends_with("message=\"\xEF\xBF\xBD\""));
  CHECK(line(LogFormat::kLogfmt, "\xED\xA0\x80").ends_with("message=\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""));
  CHECK(line(LogFormat::kLogfmt, "\xE2\x82").ends_with("message=\"\xEF\xBF\xBD\xEF\xBF\xBD\""));
}

TEST_CASE("log: lines are gathered until they are flushed; a warning flushes all before it; lower levels are not told", "[base]") {
  CapturedStderr captured;
  start_log(LogLevel::kInfo, LogFormat::kLogfmt);
  CHECK_FALSE(log_enabled(LogLevel::kDebug));
  CHECK(log_enabled(LogLevel::kInfo));
  log(LogLevel::kDebug, "hidden");
  log(LogLevel::kInfo, "first");
  log(LogLevel::kWarn, "second");
  const auto after_warning = captured.text();
  CHECK(after_warning.find("message=first\n") < after_warning.find("message=second\n"));
  CHECK(after_warning.find("message=second\n") != std::string::npos);
  CHECK(after_warning.find("hidden") == std::string::npos);
  log(LogLevel::kInfo, "third");
  flush_log();
  CHECK(captured.text().ends_with("level=info message=third\n"));

  start_log(LogLevel::kOff, LogFormat::kJson);
  CHECK_FALSE(log_enabled(LogLevel::kError));
  CHECK_FALSE(log_enabled(LogLevel::kOff));
  start_log(LogLevel::kWarn, LogFormat::kLogfmt);
}
