#include "engine/testing/differential.h"

#include <catch2/catch.hpp>

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
  testing::check_campaign(open, testing::Campaign::from_environment());
}
