#pragma once
// What a run of the tests showed, for the conformance table: a line of JSON for each test, in the folder that HOLDFAST_TEST_REPORT names.
// Without that variable nothing is written.

#include <cstdint>
#include <string_view>

namespace holdfast::testing {

// Something counted by the test that runs now, told with its result: how many differential cases it was.
void report_count(std::int64_t count);

// For the listener in tests/unit/main.cpp: the test of this name has ended.
void report_test(std::string_view name, bool passed);

}  // namespace holdfast::testing
