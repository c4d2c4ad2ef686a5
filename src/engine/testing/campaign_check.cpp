#include <catch2/catch.hpp>
#include <chrono>
#include <iostream>

#include "engine/testing/differential.h"

namespace holdfast::testing {
namespace {

constexpr std::uint64_t kCasesThatReachAll = 10'000;

// A search that asks nothing finds nothing.
constexpr const char* kReached[] = {"created",
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
                                    "idempotency_key_reused"};

void tell(const CampaignReport& report, std::chrono::duration<double> time) {
  std::cout << "differential: " << report.tally.cases << " cases in " << report.scenarios << " scenarios, " << time.count() << " s:";
  for (const auto& [ending, count] : report.tally.counts) std::cout << ' ' << ending << ' ' << count << ',';
  std::cout << std::endl;
  if (report.failing) std::cout << report.text << std::endl;  // not by INFO, which breaks lines
}

}  // namespace

void check_campaign(const OpenCompared& open, const Campaign& campaign) {
  std::cout << "differential: HOLDFAST_TEST_SEED=" << campaign.seed << std::endl;
  const auto start = std::chrono::steady_clock::now();
  const CampaignReport report = run_campaign(open, campaign);
  tell(report, std::chrono::steady_clock::now() - start);
  CHECK_FALSE(report.failing);
  if (report.failing || campaign.cases < kCasesThatReachAll) return;
  for (const char* reached : kReached) {
    INFO(reached);
    CHECK(report.tally.counts.contains(reached));
  }
}

}  // namespace holdfast::testing
