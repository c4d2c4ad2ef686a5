#include "engine/testing/differential.h"

#include <catch2/catch.hpp>

#include "engine/postgres/testing/schema.h"
#include "engine/testing/fixture.h"

using namespace holdfast;

TEST_CASE("postgres: answers whatever the specification answers", "[postgres]") {
  testing::TestSchema schema;
  const testing::FixedClock clock;
  const testing::OpenCompared open = [&](const Catalog& catalog) {
    schema.clear();
    postgres::Options options = schema.options();
    options.pool_size = 3;  // what a loop needs, since a scenario has few requests and each connection costs a process
    return postgres::open(options, catalog, clock);
  };
  testing::Campaign campaign = testing::Campaign::from_environment();
  campaign.writes_together = 1;  // they run side by side here
  testing::check_campaign(open, campaign);
}
