#pragma once
// What one loop asks of the file. Reads asked for in one turn of the loop run together at its end, in one read transaction, the same id
// once; lists and counts have a slice of each turn, so that points never wait long for them. A list or count that proves long, or finds the
// file locked, runs again in a lane. Who would wait too long is `overloaded` at once.

#include <chrono>
#include <deque>
#include <unordered_map>
#include <vector>

#include "engine/lanes.h"
#include "engine/sqlite/reader.h"
#include "engine/sqlite/writer.h"
#include "engine/store.h"

namespace holdfast::sqlite {

// What the stores of all loops share.
struct Shared {
  Writer& writer;
  Lanes& lanes;
  std::vector<std::unique_ptr<Reader>>& lane_readers;  // one for each lane, used on its thread only
  std::chrono::milliseconds query_timeout;
  std::chrono::milliseconds longest_wait;
};

class SqliteStore final : public Store {
 public:
  SqliteStore(const Options& options, asio::io_context& loop, Shared shared);

  awaitable<Result<Record>> find(const FindPlan& plan) override;
  awaitable<Result<Listing>> list(const ListPlan& plan) override;
  awaitable<Result<std::int64_t>> count(const CountPlan& plan) override;
  awaitable<Result<Written>> write(WritePlan plan) override;

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;
  using FindDone = asio::any_completion_handler<void(Result<Record>)>;
  using QueryDone = asio::any_completion_handler<void(Result<Listing>)>;

  struct PendingFind {
    const FindPlan* plan;
    FindDone done;
    std::optional<Result<Record>> answer;
  };
  struct PendingQuery {
    Query query;
    QueryDone done;
    SteadyTime arrived;
    std::optional<Result<Listing>> answer;
  };

  awaitable<Result<Listing>> run(Query query);
  void end_turn_later();
  void end_turn();
  void read_finds();
  void read_queries(bool readable);
  void read_or_share(PendingQuery& query);
  bool admits_query(SteadyTime now) const;
  void answer_finds();
  void answer_queries();
  void find_in_lane(PendingFind& find);
  void run_in_lane(PendingQuery& query);
  bool is_known_slow(const Query& query);
  void remember_slow(const Query& query);

  asio::io_context& loop_;
  Shared shared_;
  Reader reader_;
  bool turn_ends_ = false;  // end_turn() is on its way
  std::vector<PendingFind> finds_, turn_finds_;
  std::deque<PendingQuery> queries_;        // in order of arrival
  std::vector<PendingQuery> turn_queries_;  // of this turn's slice
  std::vector<const PendingQuery*> read_;   // of those, each question that was read
  RunningAverage query_duration_;
  std::vector<std::size_t> order_;                             // of turn_finds_, so that equal ids meet
  std::unordered_map<std::uint64_t, SteadyTime> slow_shapes_;  // until when
};

}  // namespace holdfast::sqlite
