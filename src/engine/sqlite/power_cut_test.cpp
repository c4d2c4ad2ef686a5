// Power cuts: lives of a database are recorded on a file system in memory and cut at many of their operations; what a disk may hold then is
// opened by the real engine.
//
// More of them: HOLDFAST_TEST_LONG=1, or HOLDFAST_TEST_CUTS=100000. The same again: HOLDFAST_TEST_SEED, which a failure prints.

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <random>

#include "base/error.h"
#include "base/log.h"
#include "engine/sqlite/testing/aftermath.h"

using namespace holdfast;
using namespace holdfast::testing;

namespace {

constexpr std::size_t kCuts = 2'000, kCutsOfLongRuns = 100'000, kCutsOfControls = 250;
constexpr std::size_t kCutsOfLife = 100, kLivesOfChain = 5;  // each life goes on where one before it was cut; then anew from nothing
constexpr std::size_t kGroups = 25;

std::size_t from_environment(const char* name, std::size_t otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : std::strtoull(value, nullptr, 10);
}

std::uint64_t seed_of_run() {
  static const std::uint64_t seed = from_environment("HOLDFAST_TEST_SEED", std::random_device{}());
  return seed;
}

std::filesystem::path fast_folder() {  // of the lock file: all else is in memory
  const std::filesystem::path shared_memory = "/dev/shm";
  return std::filesystem::is_directory(shared_memory) ? shared_memory : std::filesystem::temp_directory_path();
}

struct Machine {
  Machine() {
    start_log(LogLevel::kOff, LogFormat::kLogfmt);  // writes fail by the hundred
    options.file = folder.path() / "holdfast.db";
    sqlite::open(options, catalog, FixedClock())->close();  // SQLite is configured before a file system is registered
    system.emplace("holdfast-crash");
    options.vfs = system->name();
    options.pages_per_checkpoint = 60;
    options.group_time = 600'000;  // what is written as one group is one, however slow the machine is: a cut may come between two
    options.cache_bytes = 0;       // the least there is, so that large groups write to the log before they commit
  }

  ~Machine() { start_log(LogLevel::kWarn, LogFormat::kLogfmt); }

  TemporaryFolder folder{fast_folder()};
  Catalog catalog = crash_catalog();
  sqlite::Options options;
  std::optional<CrashFileSystem> system;
};

// A cut, so that it can be made again.
struct Cut {
  std::uint64_t seed = 0;  // of the chain
  std::size_t life = 0, operation = 0;

  Random chance() const { return Random(seed * 1'000'003 + life * 10'007 + operation); }
};

struct Tally {
  std::size_t cuts = 0, lives = 0, groups = 0, in_checkpoints = 0;
  std::map<Finding, std::size_t> findings;
  std::string first_fault;

  std::size_t of(Finding finding) const {
    const auto at = findings.find(finding);
    return at == findings.end() ? 0 : at->second;
  }
  std::size_t not_whole() const { return cuts - of(Finding::kWhole); }

  void note(const Cut& cut, const Judgement& judgement, bool in_checkpoint) {
    ++cuts;
    in_checkpoints += in_checkpoint;
    ++findings[judgement.finding];
    if (judgement.finding == Finding::kWhole || !first_fault.empty()) return;
    first_fault = "HOLDFAST_TEST_SEED=" + std::to_string(cut.seed) + " life " + std::to_string(cut.life) + " operation " +
                  std::to_string(cut.operation) + " fate: " + Disk::fate(cut.chance()) + "\n" + judgement.what;
  }
  void print(const char* name) const {
    std::cout << "power cuts, " << name << ": " << cuts << " in " << lives << " lives of " << groups << " acknowledged groups, "
              << in_checkpoints << " in checkpoints; lost " << of(Finding::kLost) << ", mixed " << of(Finding::kMixed) << ", damaged "
              << of(Finding::kDamaged) << ", refused " << of(Finding::kRefused) << std::endl;
  }
};

Recording record(Machine& machine, const Files& start, std::uint64_t seed) {
  machine.system->mount(start);
  RecordedLife life(*machine.system, machine.options, machine.catalog, seed);
  Random random(seed);
  for (std::size_t i = 0; i < kGroups; ++i) {
    life.write_group();
    if (random.chance(5)) REQUIRE(life.restart());
  }
  life.close();
  return life.recording(start);
}

// Cuts a life at so many of its operations. Answers what one whole cut has left; empty when there was none.
Files cut_life(Machine& machine, const Recording& life, Cut cut, std::size_t count, Tally& tally) {
  Random random(cut.seed + cut.life);
  std::vector<std::size_t> operations(count);
  for (std::size_t& operation : operations) operation = random.below(life.log.size() + 1);
  std::sort(operations.begin(), operations.end());
  sqlite::Options options = machine.options;
  options.synchronous = "full";
  const std::size_t goes_on_at = random.below(count);
  Files left;
  Disk disk(life.start);
  std::size_t applied = 0;
  for (std::size_t i = 0; i < count; ++i) {
    cut.operation = operations[i];
    for (; applied < cut.operation; ++applied) disk.apply(life.log[applied]);
    Random chance = cut.chance();
    const Files files = disk.after_power_cut(chance);
    const Judgement judgement = judge(*machine.system, options, machine.catalog, files, life, cut.operation);
    tally.note(cut, judgement, disk.has_unsynced(machine.options.file));
    if (i == goes_on_at && judgement.finding == Finding::kWhole) left = files;
  }
  return left;
}

Tally run_campaign(const char* name, std::size_t cuts, const std::string& synchronous) {
  Machine machine;
  machine.options.synchronous = synchronous;
  Tally tally;
  for (Cut cut{seed_of_run()}; tally.cuts < cuts; ++cut.seed) {
    Files start;
    for (cut.life = 0; cut.life < kLivesOfChain && tally.cuts < cuts; ++cut.life) {
      const Recording life = record(machine, start, cut.seed * kLivesOfChain + cut.life);
      ++tally.lives;
      tally.groups += life.history.size();
      start = cut_life(machine, life, cut, std::min(kCutsOfLife, cuts - tally.cuts), tally);
    }
  }
  tally.print(name);
  return tally;
}

}  // namespace

TEST_CASE("sqlite: no power cut takes what was acknowledged, or leaves a part of a write, or damages the file", "[engine]") {
  const bool is_long = std::getenv("HOLDFAST_TEST_LONG") != nullptr;
  const std::size_t cuts = from_environment("HOLDFAST_TEST_CUTS", is_long ? kCutsOfLongRuns : kCuts);
  std::cout << "power cuts: HOLDFAST_TEST_SEED=" << seed_of_run() << std::endl;
  const auto start = std::chrono::steady_clock::now();
  const Tally tally = run_campaign("full", cuts, "full");
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
  std::cout << "power cuts: " << time.count() << " s" << std::endl;
  INFO(tally.first_fault);
  CHECK(tally.not_whole() == 0);
  if (cuts >= kCuts) CHECK(tally.in_checkpoints > cuts / 50);
}

TEST_CASE("sqlite: the power cuts of these tests would find writes that were never synced", "[engine]") {
  const Tally tally = run_campaign("normal", kCutsOfControls, "normal");
  INFO(tally.first_fault);
  CHECK(tally.of(Finding::kLost) > 0);
  CHECK(tally.not_whole() == tally.of(Finding::kLost));  // older, but sound
}

TEST_CASE("sqlite: the power cuts of these tests would find a file that was damaged", "[engine]") {
  const Tally tally = run_campaign("off", kCutsOfControls, "off");
  CHECK(tally.of(Finding::kDamaged) + tally.of(Finding::kRefused) > 0);
}

TEST_CASE("sqlite: once the power is gone nothing is acknowledged", "[engine]") {
  Machine machine;
  Random random(seed_of_run());
  for (int i = 0; i < 20; ++i) {
    const std::size_t operation = random.below(1500);
    INFO("HOLDFAST_TEST_SEED=" << seed_of_run() << " cut " << i << " at operation " << operation);
    machine.system->mount({});
    machine.system->cut_at(operation);
    Recording recording;
    try {
      RecordedLife life(*machine.system, machine.options, machine.catalog, seed_of_run() + static_cast<std::uint64_t>(i));
      for (std::size_t group = 0; group < kGroups && machine.system->operations() < operation; ++group) life.write_group();
      CHECK((machine.system->operations() < operation || !life.write_group()));
      life.close();
      recording = life.recording({});
    } catch (const StartupError&) {
      continue;  // it went before the engine was open
    }
    Disk disk({});
    for (const Operation& done : recording.log) disk.apply(done);
    // The group that was being written is not recorded, and may be on a disk that kept more than was synced.
    const Judgement judgement = judge(*machine.system, machine.options, machine.catalog, disk.synced(), recording, recording.log.size());
    INFO(judgement.what);
    CHECK(judgement.finding == Finding::kWhole);
  }
}

// A failed sync leaves what it was asked for in the page cache, taken for kept.
TEST_CASE("sqlite: whichever sync fails, nothing is acknowledged until a restart, and nothing that was is lost by a power cut then",
          "[engine]") {
  Machine machine;
  const std::uint64_t seed = seed_of_run();
  std::size_t by_start = 0, by_health = 0;
  for (std::size_t operation = 0;; operation += 1 + operation / 25) {
    INFO("HOLDFAST_TEST_SEED=" << seed << " the sync behind operation " << operation << " fails");
    machine.system->mount({});
    machine.system->fail_sync_at(operation);
    std::optional<RecordedLife> life;
    try {
      life.emplace(*machine.system, machine.options, machine.catalog, seed);
    } catch (const StartupError&) {
      life.emplace(*machine.system, machine.options, machine.catalog, seed);  // the second try is the restart
      ++by_start;
    }
    for (std::size_t group = 0; group < 12; ++group) {
      const bool was_healthy = life->is_healthy();
      const bool acknowledged = life->write_group();
      if (was_healthy) continue;
      CHECK_FALSE(acknowledged);
    }
    by_health += !life->is_healthy();
    const std::size_t before = machine.system->operations();
    REQUIRE(life->restart());
    for (std::size_t group = 0; group < 3; ++group) life->write_group();
    CHECK(life->is_healthy());
    life->close();
    const Recording recording = life->recording({});
    life.reset();
    Random random(seed + operation);
    for (int cut = 0; cut < 6; ++cut) {
      const std::size_t at = before + random.below(recording.log.size() + 1 - before);
      Disk disk({});
      for (std::size_t i = 0; i < at; ++i) disk.apply(recording.log[i]);
      Random chance(seed + at);
      const Judgement judgement = judge(*machine.system, machine.options, machine.catalog, disk.after_power_cut(chance), recording, at);
      INFO("cut at " << at << " of " << recording.log.size() << ", fate: " << Disk::fate(Random(seed + at)) << "\n" << judgement.what);
      CHECK(judgement.finding == Finding::kWhole);
    }
    if (operation > before) break;
  }
  CHECK(by_start > 0);
  CHECK(by_health > 0);
}
