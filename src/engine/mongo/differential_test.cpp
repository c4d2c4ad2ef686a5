#include "engine/testing/differential.h"

#include <catch2/catch.hpp>

#include "engine/mongo/testing/database.h"
#include "engine/testing/fixture.h"
#include "engine/testing/servers.h"

using namespace holdfast;

TEST_CASE("mongodb: answers whatever the specification answers", "[mongo]") {
  testing::MongoDatabase database;
  const testing::FixedClock clock;
  const testing::OpenCompared open = [&](const Catalog& catalog) {
    database.clear();
    mongo::Options options = database.options();
    options.pool_size = 1;  // a scenario asks one thing after the other
    return mongo::open(options, catalog, clock);
  };
  testing::Campaign campaign = testing::Campaign::from_environment();
  campaign.characters = testing::characters_of_mongodb();
  campaign.writes_together = 1;  // they run side by side
  testing::check_campaign(open, campaign);
}
