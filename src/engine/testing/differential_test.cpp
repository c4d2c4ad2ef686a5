#include "engine/testing/differential.h"

#include <catch2/catch.hpp>

#include "engine/memory/engine.h"
#include "engine/testing/misreading_engine.h"

using namespace holdfast;

namespace {

testing::OpenCompared opener_of(testing::Misreading misreading) {
  return [misreading](const Catalog& catalog) { return testing::open_misreading(catalog, misreading); };
}

testing::CampaignReport report_of(testing::Misreading misreading, std::uint64_t seed = 1) {
  testing::Campaign campaign;
  campaign.seed = seed;
  campaign.cases = 30'000;
  return testing::run_campaign(opener_of(misreading), campaign);
}

// Without any one of its steps the scenario shows no difference. (How many there are depends on what the compiler makes of a seed.)
bool needs_each_step(testing::Misreading misreading, const testing::Scenario& scenario) {
  for (std::size_t i = 0; i < scenario.steps.size(); ++i) {
    testing::Scenario shorter = scenario;
    shorter.steps.erase(shorter.steps.begin() + static_cast<std::ptrdiff_t>(i));
    testing::Tally tally;
    if (testing::first_difference(opener_of(misreading), shorter, tally)) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("differential: finds no difference between the specification and itself", "[engine]") {
  testing::Campaign campaign;
  campaign.seed = 1;
  campaign.cases = 500;
  const testing::CampaignReport report = testing::run_campaign(memory::open, campaign);
  INFO(report.text);
  CHECK_FALSE(report.failing);
  CHECK(report.tally.cases >= 500);
}

TEST_CASE("differential: finds an engine whose `ne` forgets null, and shows one record and one condition", "[engine]") {
  const testing::CampaignReport report = report_of(testing::Misreading::kNullIsUnequalToNothing);
  REQUIRE(report.failing);
  INFO(report.text);
  CHECK(report.failing->steps.size() == 2);
  CHECK(needs_each_step(testing::Misreading::kNullIsUnequalToNothing, *report.failing));
  CHECK((report.text.find("[ne]") != std::string::npos || report.text.find("%21=") != std::string::npos ||
         report.text.find("%21%3D") != std::string::npos));
}

TEST_CASE("differential: finds an engine that sorts nulls to the wrong end, and shows two records and one key", "[engine]") {
  const testing::CampaignReport report = report_of(testing::Misreading::kNullsLast);
  REQUIRE(report.failing);
  INFO(report.text);
  CHECK(report.failing->steps.size() == 3);
  CHECK(report.failing->steps.back().sort_by.size() == 1);
  CHECK_FALSE(report.failing->steps.back().filter);
}

TEST_CASE("differential: finds an engine in which null conflicts, and shows one write", "[engine]") {
  const testing::CampaignReport report = report_of(testing::Misreading::kNullConflicts);
  REQUIRE(report.failing);
  INFO(report.text);
  CHECK(report.failing->steps.size() == 1);
  CHECK(report.failing->steps.front().is_write());
}

TEST_CASE("differential: finds a setNull that keeps the revision, and shows two records, a removal and a look", "[engine]") {
  const testing::CampaignReport report = report_of(testing::Misreading::kSetNullKeepsRevision, 2001);
  REQUIRE(report.failing);
  INFO(report.text);
  CHECK(needs_each_step(testing::Misreading::kSetNullKeepsRevision, *report.failing));
  CHECK(report.text.find("DELETE") != std::string::npos);
  CHECK(report.text.find("onDelete: setNull") != std::string::npos);
}

TEST_CASE("differential: finds a rank that forgets the order of fields, and shows two records and one term", "[engine]") {
  const testing::CampaignReport report = report_of(testing::Misreading::kRankForgetsFields);
  REQUIRE(report.failing);
  INFO(report.text);
  CHECK(report.failing->steps.size() == 3);
  CHECK(report.failing->models.size() == 1);
  CHECK(report.failing->models.front().search.size() == 2);
}

TEST_CASE("differential: finds an upsert that replaces objects, and shows a write and its like", "[engine]") {
  const testing::CampaignReport report = report_of(testing::Misreading::kUpsertReplacesObjects);
  REQUIRE(report.failing);
  INFO(report.text);
  CHECK(report.failing->steps.size() <= 3);  // the third is what a key refers to
  CHECK(report.text.find("onConflict=") != std::string::npos);
}

TEST_CASE("differential: the same seed tells the same story", "[engine]") {
  const auto text_of = [](std::uint64_t seed) {
    testing::Campaign campaign;
    campaign.seed = seed;
    campaign.cases = 30'000;
    return testing::run_campaign([](const Catalog& catalog) { return testing::open_misreading(catalog, testing::Misreading::kNullsLast); },
                                 campaign)
        .text;
  };
  CHECK(text_of(5) == text_of(5));
  CHECK(text_of(5) != text_of(500));
}
