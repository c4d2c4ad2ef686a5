#include "engine/testing/differential.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "engine/postgres/dialect.h"
#include "engine/postgres/testing/schema.h"
#include "engine/testing/comparable_engine.h"
#include "engine/testing/fixture.h"

using namespace holdfast;

TEST_CASE("postgres: answers whatever the specification answers", "[postgres]") {
  testing::TestSchema schema;
  const testing::FixedClock clock;
  const testing::SetLastId set_last_id = [&](const Model& model, std::int64_t last) {
    const std::string table = postgres::quoted(postgres::table_text(model));
    schema.run(fmt::format("select setval(pg_get_serial_sequence({}, {}), {}, {})", table, postgres::quoted(model.fields[0].column),
                           std::max<std::int64_t>(last, 1), last > 0));
  };
  const testing::OpenCompared open = [&](const Catalog& catalog) {
    schema.clear();
    postgres::Options options = schema.options();
    options.pool_size = 3;  // what a loop needs, since a scenario has few requests and each connection costs a process
    return testing::comparable(postgres::open(options, catalog, clock), set_last_id);
  };
  testing::Campaign campaign = testing::Campaign::from_environment();
  campaign.writes_together = 1;  // they run side by side here
  testing::check_campaign(open, campaign);
}
