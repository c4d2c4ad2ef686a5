#define CATCH_CONFIG_RUNNER
#include <sodium.h>

#include <catch2/catch.hpp>

#include "engine/testing/report.h"

namespace {

struct Reporting : Catch::TestEventListenerBase {
  using TestEventListenerBase::TestEventListenerBase;

  void testCaseEnded(const Catch::TestCaseStats& ended) override {
    holdfast::testing::report_test(ended.testInfo.name, ended.totals.assertions.failed == 0);
    TestEventListenerBase::testCaseEnded(ended);
  }
};
CATCH_REGISTER_LISTENER(Reporting)

}  // namespace

int main(int argc, char** argv) {
  if (sodium_init() < 0) return 1;
  return Catch::Session().run(argc, argv);
}
