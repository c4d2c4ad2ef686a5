#pragma once
// Reads by id, gathered: what is asked for of one collection while the loop finds more to do becomes one `id = any($1)`, and while a batch
// is not answered the next one gathers. So load makes batches, and idleness makes latency. Belongs to its loop.
//
// Same id: read once. A read joins only a batch that is not yet sent, so it never sees data older than its own start. A batch that is
// unanswered for `kOverdue` holds the next one back no longer: it takes the loop's other point connection. Each read has its own deadline,
// from its own arrival. Reads whose connection is lost are asked again on another, kMostLost times.

#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "engine/postgres/pool.h"
#include "engine/store.h"

namespace holdfast::postgres {

class PointReads {
 public:
  using Time = Pool::Time;
  static constexpr std::chrono::milliseconds kOverdue{20};
  static constexpr std::size_t kEnough = 64;  // a larger batch is hardly cheaper for each

  // `others`: a collection that has none of the point connections, all of which wait for other collections, may take a free one there.
  PointReads(asio::io_context& loop, Pool& points, Pool& others, Milliseconds timeout);
  PointReads(const PointReads&) = delete;
  PointReads& operator=(const PointReads&) = delete;

  awaitable<Result<Record>> find(const FindPlan& plan);
  void tick(Time now);

 private:
  using Done = asio::any_completion_handler<void(Result<Record>)>;

  struct Find {
    const FindPlan* plan;
    Done done;
    Time arrived;
    int lost = 0;  // connections, on which it was asked
  };
  struct Batch {
    std::vector<Find> finds;
    std::vector<std::size_t> order;  // of the finds that are not answered, so that equal ids meet
    Query query;
    Time sent;
  };
  struct Collection {
    const Model* model;
    std::string text;
    std::vector<std::size_t> ordinals;
    std::deque<Find> waiting;
    std::vector<std::shared_ptr<Batch>> sent;
    bool has_turn = false;  // end_turn() will look at it
    bool acquires = false;  // a connection will come
  };
  struct Answered {
    Done done;
    Result<Record> answer;
  };

  Collection& collection_of(const Model& model);
  void end_turn_later(Collection& collection);
  void end_turn();
  void send_if_due(Collection& collection, Time now);
  void acquire(Collection& collection);
  void got(Collection& collection, Result<Lease> lease);
  static std::shared_ptr<Batch> make_batch(Collection& collection);
  awaitable<void> run(Collection& collection, std::shared_ptr<Batch> batch, Lease lease);
  void ended(Collection& collection, const std::shared_ptr<Batch>& batch, const Outcome<Answer>& outcome);
  static std::vector<Answered> answers_of(const Collection& collection, Batch& batch, const Answer& answer);
  static std::vector<Answered> failures_of(Collection& collection, Batch& batch, const Failure& failure);
  static void take_late(std::deque<Find>& waiting, Time oldest, std::vector<Answered>& late);
  static void take_late(Batch& batch, Time oldest, std::vector<Answered>& late);
  static void deliver(std::vector<Answered> answers);

  asio::io_context& loop_;
  Pool& points_;
  Pool& others_;
  const std::chrono::milliseconds timeout_;
  std::unordered_map<const Model*, std::unique_ptr<Collection>> collections_;
  std::vector<Collection*> turn_;  // asked in this turn
  std::size_t gathered_ = 0;       // how many waited at the last look
};

}  // namespace holdfast::postgres
