#include "engine/sqlite/store.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <numeric>

#include "base/hash.h"

namespace holdfast::sqlite {
namespace {

using std::chrono::steady_clock;

// 20 × 1,000 instructions are about half a millisecond: what a loop may spend on one query.
constexpr int kInlineChecks = 20;
constexpr std::chrono::milliseconds kQuerySlice{2};  // of a turn, for lists and counts: points wait that long for them
constexpr std::size_t kQueriesPerTurn = 256;         // and what equal questions cost to find
constexpr std::chrono::seconds kSlowShapeMemory{10};
constexpr std::size_t kSlowShapes = 1024;

constexpr asio::use_awaitable_t<Executor> kAwait{};

Error overloaded() {
  return Error(Code::kOverloaded, "Too many queries are waiting; try again.");
}

std::uint64_t shape_of(const Query& query) {
  const std::string_view text = query.ranges.empty() ? query.total->text : query.ranges.front().text;
  return content_hash(text) + (query.total ? 1 : 0);
}

// Some total order in which equal ids are neighbours.
bool less(const FindPlan& a, const FindPlan& b) {
  if (a.model != b.model) return std::less<>()(a.model, b.model);
  if (a.model->id_kind == IdKind::kInteger) return a.id.integer() < b.id.integer();
  return a.id.text() < b.id.text();
}

template <typename Done, typename Answer>
void post_answer(asio::io_context& loop, Done done, Answer answer) {
  asio::post(loop, [done = std::move(done), answer = std::move(answer)]() mutable { std::move(done)(std::move(answer)); });
}

}  // namespace

SqliteStore::SqliteStore(const Options& options, asio::io_context& loop, Shared shared)
    : loop_(loop), shared_(shared), reader_(options, Role::kLoop) {}

awaitable<Result<Record>> SqliteStore::find(const FindPlan& plan) {
  return asio::async_initiate<const asio::use_awaitable_t<Executor>, void(Result<Record>)>(
      [this](auto done, const FindPlan* asked) {
        finds_.push_back({asked, std::move(done), {}});
        end_turn_later();
      },
      kAwait, &plan);
}

awaitable<Result<Listing>> SqliteStore::list(const ListPlan& plan) {
  return run(make_query(plan));
}

awaitable<Result<std::int64_t>> SqliteStore::count(const CountPlan& plan) {
  Result<Listing> listing = co_await run(make_query(plan));
  if (!listing) co_return listing.error();
  co_return *listing->total;
}

awaitable<Result<Written>> SqliteStore::write(WritePlan plan) {
  return asio::async_initiate<const asio::use_awaitable_t<Executor>, void(Result<Written>)>(
      [this](auto done, WritePlan asked) { shared_.writer.submit(std::move(asked), loop_, std::move(done)); }, kAwait, std::move(plan));
}

awaitable<Result<Listing>> SqliteStore::run(Query query) {
  return asio::async_initiate<const asio::use_awaitable_t<Executor>, void(Result<Listing>)>(
      [this](auto done, Query asked) {
        const auto now = steady_clock::now();
        if (!admits_query(now)) return post_answer(loop_, std::move(done), Result<Listing>(overloaded()));
        queries_.push_back({std::move(asked), std::move(done), now, {}});
        end_turn_later();
      },
      kAwait, std::move(query));
}

bool SqliteStore::admits_query(SteadyTime now) const {
  if (queries_.empty()) return true;
  const auto expected = static_cast<std::int64_t>(queries_.size()) * query_duration_.value();
  return expected <= shared_.longest_wait && now - queries_.front().arrived <= shared_.longest_wait;
}

// What is posted now runs behind all that this turn has made ready: they join the batch.
void SqliteStore::end_turn_later() {
  if (turn_ends_) return;
  turn_ends_ = true;
  asio::post(loop_, [this] { end_turn(); });
}

// Points first: they never wait for a list. Answers may ask again at once, which belongs to the next turn: hence the swaps.
void SqliteStore::end_turn() {
  turn_ends_ = false;
  turn_finds_.swap(finds_);
  if (!turn_finds_.empty()) {
    if (reader_.begin()) {
      read_finds();
      reader_.end();
    }
    answer_finds();
  }
  if (!queries_.empty()) {
    const bool readable = reader_.begin();
    read_queries(readable);
    if (readable) reader_.end();
    if (!queries_.empty()) end_turn_later();
    answer_queries();
  }
}

void SqliteStore::read_finds() {
  order_.resize(turn_finds_.size());
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  std::sort(order_.begin(), order_.end(),
            [this](std::size_t a, std::size_t b) { return less(*turn_finds_[a].plan, *turn_finds_[b].plan); });
  const PendingFind* previous = nullptr;
  for (const std::size_t i : order_) {
    PendingFind& find = turn_finds_[i];
    const bool same = previous != nullptr && !less(*previous->plan, *find.plan);
    find.answer = same ? previous->answer : reader_.find(*find.plan->model, find.plan->id);
    previous = &find;
  }
}

// One at least, then as many as the slice allows; the rest are for the next turns.
void SqliteStore::read_queries(bool readable) {
  turn_queries_.reserve(kQueriesPerTurn);  // read_ points into it
  const auto begun = steady_clock::now();
  auto now = begun;
  while (!queries_.empty() && turn_queries_.size() < kQueriesPerTurn && now - begun < kQuerySlice) {
    PendingQuery& query = turn_queries_.emplace_back(std::move(queries_.front()));
    queries_.pop_front();
    if (readable) read_or_share(query);
    const auto read = steady_clock::now();
    query_duration_.add(read - now);
    now = read;
  }
  read_.clear();
}

// The same question twice is one read, as with ids: a hot list is asked by many at once. Without an answer it is for a lane.
void SqliteStore::read_or_share(PendingQuery& query) {
  const auto same = std::find_if(read_.begin(), read_.end(), [&](const PendingQuery* other) { return other->query == query.query; });
  if (same != read_.end()) {
    query.answer = (*same)->answer;
    return;
  }
  if (query.query.slow || is_known_slow(query.query)) return;
  query.answer = reader_.run(query.query, Budget{kInlineChecks, {}});
  if (query.answer) {
    read_.push_back(&query);
  } else {
    remember_slow(query.query);
  }
}

void SqliteStore::answer_finds() {
  for (PendingFind& find : turn_finds_) {
    if (find.answer) {
      std::move(find.done)(std::move(*find.answer));
    } else {
      find_in_lane(find);
    }
  }
  turn_finds_.clear();
}

void SqliteStore::answer_queries() {
  for (PendingQuery& query : turn_queries_) {
    if (query.answer) {
      std::move(query.done)(std::move(*query.answer));
    } else {
      run_in_lane(query);
    }
  }
  turn_queries_.clear();
}

void SqliteStore::find_in_lane(PendingFind& find) {
  shared_.lanes.submit(
      [&loop = loop_, &readers = shared_.lane_readers, plan = *find.plan, done = std::move(find.done)](std::size_t lane) mutable {
        std::optional<Result<Record>> answer;
        if (lane != Lanes::kRefused) answer = readers[lane]->find(*plan.model, plan.id);
        post_answer(loop, std::move(done), answer ? std::move(*answer) : Result<Record>(overloaded()));
      });
}

void SqliteStore::run_in_lane(PendingQuery& query) {
  const Budget budget{0, query.arrived + shared_.query_timeout};
  shared_.lanes.submit([&loop = loop_, &readers = shared_.lane_readers, query = std::move(query.query), budget,
                        done = std::move(query.done)](std::size_t lane) mutable {
    std::optional<Result<Listing>> answer;
    if (lane != Lanes::kRefused) answer = readers[lane]->run_whole(query, budget);
    post_answer(loop, std::move(done), answer ? std::move(*answer) : Result<Listing>(overloaded()));
  });
}

bool SqliteStore::is_known_slow(const Query& query) {
  if (slow_shapes_.empty()) return false;
  const auto found = slow_shapes_.find(shape_of(query));
  return found != slow_shapes_.end() && steady_clock::now() < found->second;
}

void SqliteStore::remember_slow(const Query& query) {
  if (slow_shapes_.size() >= kSlowShapes) slow_shapes_.clear();
  slow_shapes_[shape_of(query)] = steady_clock::now() + kSlowShapeMemory;
}

}  // namespace holdfast::sqlite
