#include "engine/testing/report.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>

namespace holdfast::testing {
namespace {

std::int64_t counted = 0;  // by the test that runs now

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char character : text) {
    if (character == '"' || character == '\\') out += '\\';
    out += character;
  }
  return out + '"';
}

}  // namespace

void report_count(std::int64_t count) {
  counted += count;
}

void report_test(std::string_view name, bool passed) {
  if (const char* folder = std::getenv("HOLDFAST_TEST_REPORT")) {
    std::ofstream file(fmt::format("{}/catch2-{}.ndjson", folder, ::getpid()), std::ios::app);
    file << fmt::format("{{\"kind\": \"catch2\", \"test\": {}, \"outcome\": \"{}\", \"cases\": {}}}\n", quoted(name),
                        passed ? "passed" : "failed", counted);
  }
  counted = 0;
}

}  // namespace holdfast::testing
