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
  std::cout << "differential: " << report.tally.cases << " cases in " << report.scenarios << " scenarios, " << time.count() << " s:";
  for (const auto& [ending, count] : report.tally.counts) std::cout << ' ' << ending << ' ' << count << ',';
  std::cout << std::endl;
  if (report.failing) std::cout << report.text << std::endl;  // not by INFO, which breaks lines
  CHECK_FALSE(report.failing);
  if (report.failing || campaign.cases < 10'000) return;
  // A search that asks nothing finds nothing.
  for (const char* reached : {"created",
                              "changed",
                              "unchanged",
                              "removed",
                              "unique_violation",
                              "reference_violation",
                              "not_found",
                              "item",
                              "page",
                              "pages",
                              "precondition_failed",
                              "validation_failed",
                              "no records",
                              "count",
                              "count of none",
                              "nested filter",
                              "nested sort",
                              "search hits",
                              "cascade",
                              "set null",
                              "replayed",
                              "upsert created",
                              "upsert changed",
                              "search by rank, pages",
                              "put created",
                              "put precondition_failed",
                              "idempotency_key_reused"}) {
    INFO(reached);
    CHECK(report.tally.counts.contains(reached));
  }
}
