#include "engine/testing/differential.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <iostream>

#include "engine/sqlite/engine.h"
#include "engine/testing/fixture.h"

using namespace holdfast;

namespace {

// Where files are made and synced in no time: what is kept after a crash is no question here.
std::filesystem::path fast_folder() {
  const std::filesystem::path shared_memory = "/dev/shm";
  return std::filesystem::is_directory(shared_memory) ? shared_memory : std::filesystem::temp_directory_path();
}

}  // namespace

TEST_CASE("sqlite: answers whatever the specification answers", "[engine]") {
  const testing::TemporaryFolder folder(fast_folder());
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
  std::cout << "differential: " << report.cases << " cases in " << report.scenarios << " scenarios, " << time.count() << " s:";
  for (const auto& [ending, count] : report.tally) std::cout << ' ' << ending << ' ' << count << ',';
  std::cout << std::endl;
  if (report.failing) std::cout << report.text << std::endl;  // not by INFO, which breaks lines
  CHECK_FALSE(report.failing);
  if (campaign.cases < 10'000) return;
  for (const char* ending : {"changed", "unchanged", "unique_violation", "precondition_failed", "validation_failed", "not_found", "item",
                             "page", "pages", "no records", "count", "count of none"}) {
    INFO(ending);
    CHECK(report.tally.count(ending) == 1);  // a search that asks nothing finds nothing
  }
}
