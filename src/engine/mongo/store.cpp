#include "engine/mongo/store.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log.h"
#include "engine/mongo/error.h"

namespace holdfast::mongo {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr asio::use_awaitable_t<Executor> kAwait{};

constexpr int kBatches = 2;                 // of one collection and loop
constexpr std::size_t kLargestBatch = 200;  // ids

// For an answer to come home that the server stopped at the deadline.
milliseconds grace(Milliseconds timeout) {
  return milliseconds(timeout / 16);
}

Error out_of_reach() {
  return Error(Code::kDatabaseUnavailable, "MongoDB cannot be reached, or has no primary now; try again.");
}

// A broken invariant costs the request, not the process.
template <typename T, typename Work>
Result<T> work_safely(Connection& connection, Work& work) {
  try {
    return work(connection);
  } catch (const NoClient& thrown) {
    return error_of(thrown.error);
  } catch (const std::exception& thrown) {
    log(LogLevel::kError, "a request to MongoDB ended in an exception", {{"what", thrown.what()}});
    return Error(Code::kInternal);
  }
}

// Runs the work unless the server is known to be gone, and notes whether it was there.
template <typename T, typename Work>
Result<T> try_work(const Shared& shared, std::size_t lane, Work& work) {
  if (!shared.gate.enter()) return out_of_reach();
  Connection& connection = *shared.connections[lane];
  connection.begin_work();
  Result<T> answer = work_safely<T>(connection, work);
  shared.gate.leave(answer || answer.error().code != Code::kDatabaseUnavailable || !connection.has_met_nobody());
  return answer;
}

bool is_before(const Value& a, const Value& b) {
  return compare(a, b) < 0;
}

}  // namespace

template <typename T, typename Work>
void MongoStore::submit(std::optional<SteadyTime> ends_by, Work work, typename Call<T>::Done done) {
  auto call = std::make_shared<Call<T>>(loop_, std::move(done));
  call->limit(steady_clock::now() + milliseconds(shared_.acquire_timeout), ends_by);
  ++shared_.counters.waiting;
  shared_.lanes.submit([call = std::move(call), shared = shared_, work = std::move(work)](std::size_t lane) mutable {
    --shared.counters.waiting;
    if (lane == Lanes::kRefused) return call->answer(Error(Code::kOverloaded, "Too many requests wait for the database; try again."));
    if (!call->start()) return;
    ++shared.counters.in_use;
    Result<T> answer = try_work<T>(shared, lane, work);
    --shared.counters.in_use;
    call->answer(std::move(answer));
  });
}

awaitable<Result<Record>> MongoStore::find(const FindPlan& plan) {
  return asio::async_initiate<const asio::use_awaitable_t<Executor>, void(Result<Record>)>(
      [this](auto done, const FindPlan* asked) {
        points_[asked->model].waiting.push_back({asked->id, std::move(done), steady_clock::now()});
        end_turn_later();
      },
      kAwait, &plan);
}

awaitable<Result<Listing>> MongoStore::list(const ListPlan& plan) {
  return run_query(make_query(plan));
}

awaitable<Result<std::int64_t>> MongoStore::count(const CountPlan& plan) {
  Result<Listing> listing = co_await run_query(make_query(plan));
  if (!listing) co_return listing.error();
  co_return *listing->total;
}

awaitable<Result<Listing>> MongoStore::run_query(Query query) {
  return asio::async_initiate<const asio::use_awaitable_t<Executor>, void(Result<Listing>)>(
      [this](auto done, Query asked) {
        // The server stops before the driver would give up the connection, whose own timeout is this one.
        const SteadyTime ends_by = steady_clock::now() + milliseconds(shared_.query_timeout);
        const SteadyTime deadline = ends_by - grace(shared_.query_timeout);
        submit<Listing>(
            ends_by, [query = std::move(asked), deadline](Connection& connection) { return run(connection, query, deadline); },
            std::move(done));
      },
      kAwait, std::move(query));
}

awaitable<Result<Written>> MongoStore::write(WritePlan plan) {
  return asio::async_initiate<const asio::use_awaitable_t<Executor>, void(Result<Written>)>(
      [this](auto done, WritePlan asked) {
        submit<Written>(
            std::nullopt,
            [&writer = shared_.writer, plan = std::move(asked)](Connection& connection) { return writer.write(connection, plan); },
            std::move(done));
      },
      kAwait, std::move(plan));
}

// What is posted now runs behind all that this turn has made ready: they join the batch.
void MongoStore::end_turn_later() {
  if (turn_ends_) return;
  turn_ends_ = true;
  asio::post(loop_, [this] {
    turn_ends_ = false;
    for (auto& [model, points] : points_) send_finds(*model, points);
  });
}

void MongoStore::send_finds(const Model& model, Points& points) {
  while (!points.waiting.empty() && points.batches < kBatches) send_batch(model, points);
}

void MongoStore::send_batch(const Model& model, Points& points) {
  const auto taken = points.waiting.begin() + static_cast<std::ptrdiff_t>(std::min(points.waiting.size(), kLargestBatch));
  std::vector<PendingFind> finds(std::make_move_iterator(points.waiting.begin()), std::make_move_iterator(taken));
  std::vector<PendingFind> left(std::make_move_iterator(taken), std::make_move_iterator(points.waiting.end()));
  points.waiting.swap(left);
  std::vector<Value> ids;
  for (const PendingFind& find : finds) ids.push_back(find.id);
  std::ranges::sort(ids, is_before);
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());

  ++points.batches;
  const SteadyTime deadline = finds.front().arrived + milliseconds(shared_.point_timeout);
  auto work = [&model, ids, deadline](Connection& connection) { return find_all(connection, model, ids, deadline); };
  submit<Answers>(deadline + grace(shared_.point_timeout), std::move(work),
                  [this, &model, &points, ids, finds = std::move(finds)](Result<Answers> answers) mutable {
                    --points.batches;
                    answer_batch(std::move(finds), ids, std::move(answers));
                    send_finds(model, points);
                  });
}

void MongoStore::answer_batch(std::vector<PendingFind> finds, const std::vector<Value>& ids, Result<Answers> answers) {
  for (PendingFind& find : finds) {
    if (!answers) {
      std::move(find.done)(answers.error());
      continue;
    }
    const auto place = std::ranges::lower_bound(ids, find.id, is_before);
    std::move(find.done)((*answers)[static_cast<std::size_t>(place - ids.begin())]);
  }
}

}  // namespace holdfast::mongo
