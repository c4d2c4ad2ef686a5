#include "engine/testing/differential.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <iostream>

#include "engine/sqlite/engine.h"
#include "engine/testing/fixture.h"

using namespace holdfast;

TEST_CASE("sqlite: answers whatever the specification answers", "[engine]") {
  const testing::TemporaryFolder folder;
  const testing::FixedClock clock;
  std::size_t opened = 0;
  const testing::OpenCompared open = [&](const Catalog& catalog) {
    sqlite::Options options;
    options.file = folder.path() / std::to_string(++opened) / "holdfast.db";
    if (opened > 1) std::filesystem::remove_all(folder.path() / std::to_string(opened - 1));
    return sqlite::open(options, catalog, clock);
  };
  const testing::Campaign campaign = testing::Campaign::from_environment();
  std::cout << "differential: HOLDFAST_TEST_SEED=" << campaign.seed << std::endl;
  const auto start = std::chrono::steady_clock::now();
  const testing::CampaignReport report = testing::run_campaign(open, campaign);
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
  std::cout << "differential: " << report.cases << " cases in " << report.scenarios << " scenarios, " << time.count() << " s" << std::endl;
  INFO(report.text);
  CHECK_FALSE(report.failing);
}
