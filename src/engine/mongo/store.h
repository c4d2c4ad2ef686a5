#pragma once
// What one loop asks of MongoDB. The driver blocks, so everything is done in lanes, each with a connection of its own. Point reads of one
// turn and collection go out as one $in, the same id once; while two such batches are on their way the next one gathers.

#include <chrono>
#include <memory>
#include <unordered_map>
#include <vector>

#include "engine/lanes.h"
#include "engine/mongo/call.h"
#include "engine/mongo/connection.h"
#include "engine/mongo/gate.h"
#include "engine/mongo/reader.h"
#include "engine/mongo/writer.h"
#include "engine/store.h"

namespace holdfast::mongo {

// What the stores of all loops share.
struct Shared {
  Writer& writer;
  Lanes& lanes;
  std::vector<std::unique_ptr<Connection>>& connections;  // one for each lane, used on its thread only
  PoolCounters& counters;
  Gate& gate;
  Milliseconds point_timeout = 1000;
  Milliseconds query_timeout = 5000;
  Milliseconds acquire_timeout = 1000;
};

class MongoStore final : public Store {
 public:
  MongoStore(asio::io_context& loop, Shared shared) : loop_(loop), shared_(shared) {}

  awaitable<Result<Record>> find(const FindPlan& plan) override;
  awaitable<Result<Listing>> list(const ListPlan& plan) override;
  awaitable<Result<std::int64_t>> count(const CountPlan& plan) override;
  awaitable<Result<Written>> write(WritePlan plan) override;

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;
  using FindDone = asio::any_completion_handler<void(Result<Record>)>;
  using Answers = std::vector<Result<Record>>;

  struct PendingFind {
    Value id;
    FindDone done;
    SteadyTime arrived;
  };
  struct Points {
    std::vector<PendingFind> waiting;
    int batches = 0;  // on their way
  };

  // `ends_by`: when a read is given up, whatever the server does.
  template <typename T, typename Work>
  void submit(std::optional<SteadyTime> ends_by, Work work, typename Call<T>::Done done);

  awaitable<Result<Listing>> run_query(Query query);
  void end_turn_later();
  void send_finds(const Model& model, Points& points);
  void send_batch(const Model& model, Points& points);
  static void answer_batch(std::vector<PendingFind> finds, const std::vector<Value>& ids, Result<Answers> answers);

  asio::io_context& loop_;
  Shared shared_;
  bool turn_ends_ = false;  // its end is on its way
  std::unordered_map<const Model*, Points> points_;
};

}  // namespace holdfast::mongo
