#include "engine/sqlite/write_backlog.h"

#include <catch2/catch.hpp>

using namespace holdfast;
using holdfast::sqlite::WriteBacklog;
using namespace std::chrono_literals;

namespace {

constexpr WriteBacklog::Time kStart{1h};

// What a writer with these costs has learnt, and how many writes it takes at once.
std::size_t taken(WriteBacklog::Duration apply, WriteBacklog::Duration commit) {
  WriteBacklog backlog(500ms);
  for (int group = 0; group < 100; ++group) {
    backlog.add(kStart);
    backlog.note_group(1, apply, commit);
    backlog.answered(1, kStart);
  }
  std::size_t count = 0;
  for (; backlog.admits(kStart); ++count) backlog.add(kStart);
  return count;
}

}  // namespace

TEST_CASE("write backlog: takes as many as can be written in the time, on any disk", "[engine]") {
  CHECK(taken(20us, 150us) == WriteBacklog::kQueueLimit);  // no more than memory allows
  const std::size_t heavy = taken(5ms, 150us);
  CHECK((heavy > 90 && heavy <= 101));
  // A slow disk: a commit is shared by a group, so its cost is not each write's.
  const std::size_t slow_disk = taken(100us, 20ms);
  CHECK((slow_disk > 2'000 && slow_disk < 5'000));
}

TEST_CASE("write backlog: a write that finds nobody waiting is taken, however long the last ones took", "[engine]") {
  CHECK(taken(10s, 10s) == 1);
}

TEST_CASE("write backlog: nothing was measured yet, so the number alone limits", "[engine]") {
  WriteBacklog backlog(500ms);
  std::size_t count = 0;
  for (; backlog.admits(kStart); ++count) backlog.add(kStart);
  CHECK(count == WriteBacklog::kQueueLimit);
}

TEST_CASE("write backlog: while the disk hangs no more are taken, and when it goes on they are again", "[engine]") {
  WriteBacklog backlog(500ms);
  backlog.add(kStart);
  CHECK(backlog.admits(kStart + 1s));
  backlog.add(kStart + 1s);
  CHECK_FALSE(backlog.admits(kStart + 2s));
  backlog.answered(1, kStart + 3s);
  CHECK(backlog.admits(kStart + 3s));
}

TEST_CASE("write backlog: cheap writes after dear ones are soon taken again", "[engine]") {
  WriteBacklog backlog(500ms);
  backlog.note_group(1, 10s, 150us);
  backlog.add(kStart);
  CHECK_FALSE(backlog.admits(kStart));
  backlog.note_group(256, 5ms, 150us);
  backlog.note_group(256, 5ms, 150us);
  CHECK(backlog.admits(kStart));
}
