#pragma once
// What one loop asks of the file. Reads asked for in one turn of the loop run together at its end, in one read transaction, the same id
// once; a list or count that proves long, or finds the file locked, runs again in a lane.

#include <chrono>
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
  void read_queries();
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
  std::vector<PendingQuery> queries_, turn_queries_;
  std::vector<std::size_t> order_;                             // of turn_finds_, so that equal ids meet
  std::unordered_map<std::uint64_t, SteadyTime> slow_shapes_;  // until when
};

}  // namespace holdfast::sqlite
