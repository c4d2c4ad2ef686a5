#pragma once
// Two engines asked the same things must answer the same things: scenarios made by chance, whole answers compared, a difference shrunk to
// a story that a person can repeat.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "engine/engine.h"
#include "engine/testing/characters.h"
#include "engine/testing/scenario.h"

namespace holdfast::testing {

// Opens an empty database; called once for each scenario.
using OpenCompared = std::function<std::unique_ptr<Engine>(const Catalog&)>;

struct Difference {
  std::size_t step = 0;  // ordinal
  std::string expected, answered;
};

// How many requests reached the engines, how they ended (`changed`, `unique_violation`, `pages`, `no records`, …) and what they showed at
// work (`cascade`, `search hits`, …). What the planner or the validator refuses does not count.
struct Tally {
  std::uint64_t cases = 0;
  std::map<std::string, std::uint64_t> counts;
};

// As many writes that follow each other reach the tested engine together, so that they share commits. 1: an engine that does not promise to
// apply them in their order.
inline constexpr std::size_t kMostTogether = 6;

// Runs the steps on the memory engine and on the tested one until an answer differs. A model that does not load has no difference.
std::optional<Difference> first_difference(const OpenCompared& open, const Scenario& scenario, Tally& tally,
                                           std::size_t writes_together = kMostTogether);

// The smallest scenario found that still differs.
Scenario shrunk(const OpenCompared& open, Scenario scenario, std::size_t writes_together = kMostTogether);

struct Campaign {
  std::uint64_t seed = 0;  // scenario i is made of seed + i
  std::uint64_t cases = 10'000;
  std::size_t writes_together = kMostTogether;
  Characters characters = Characters::kAll;

  // HOLDFAST_TEST_SEED, else by chance; HOLDFAST_DIFFERENTIAL_CASES, else more under HOLDFAST_TEST_LONG.
  static Campaign from_environment();
};

struct CampaignReport {
  std::uint64_t scenarios = 0;
  Tally tally;
  std::optional<Scenario> failing;  // shrunk
  std::string text;                 // of the failing scenario: seed, model, requests, both answers
};

// Until the first difference, or until there were enough cases.
CampaignReport run_campaign(const OpenCompared& open, const Campaign& campaign);

// The same as Catch2 assertions, told on stdout: no difference, and a long campaign reached every ending and feature.
void check_campaign(const OpenCompared& open, const Campaign& campaign);

}  // namespace holdfast::testing
