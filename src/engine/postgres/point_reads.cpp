#include "engine/postgres/point_reads.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <numeric>

#include "engine/postgres/codec.h"
#include "engine/postgres/dialect.h"
#include "engine/postgres/error.h"
#include "engine/sql/statement.h"
#include "engine/write_errors.h"

namespace holdfast::postgres {
namespace {

using std::chrono::steady_clock;

constexpr asio::use_awaitable_t<Executor> kAwait{};

Error too_late() {
  return Error(Code::kQueryTimeout, "The database did not answer in time.");
}

// Some total order; ids of one collection are of one kind.
bool less(const Value& a, const Value& b) {
  const auto* text = std::get_if<std::string>(&a.alternatives());
  return text != nullptr ? *text < b.text() : a.integer() < b.integer();
}

}  // namespace

PointReads::PointReads(asio::io_context& loop, Pool& points, Pool& others, Milliseconds timeout)
    : loop_(loop), points_(points), others_(others), timeout_(timeout) {}

awaitable<Result<Record>> PointReads::find(const FindPlan& plan) {
  return asio::async_initiate<const asio::use_awaitable_t<Executor>, void(Result<Record>)>(
      [this](auto done, const FindPlan* asked) {
        Collection& collection = collection_of(*asked->model);
        collection.waiting.push_back({asked, std::move(done), steady_clock::now()});
        end_turn_later(collection);
      },
      kAwait, &plan);
}

PointReads::Collection& PointReads::collection_of(const Model& model) {
  std::unique_ptr<Collection>& collection = collections_[&model];
  if (!collection) {
    collection = std::make_unique<Collection>();
    collection->model = &model;
    collection->text = sql::find_many_text(kDialect, model);
    collection->ordinals = sql::all_ordinals(model);
  }
  return *collection;
}

// What is posted runs behind all that this turn has made ready: they join the batch.
void PointReads::end_turn_later(Collection& collection) {
  if (std::exchange(collection.has_turn, true)) return;
  turn_.push_back(&collection);
  if (turn_.size() == 1) asio::post(loop_, [this] { end_turn(); });
}

// A turn that brought more has likely more behind it, and another look at the sockets costs less than a batch of few.
void PointReads::end_turn() {
  std::size_t waiting = 0;
  for (const Collection* collection : turn_) waiting += collection->waiting.size();
  if (waiting > gathered_ && waiting < kEnough) {
    gathered_ = waiting;
    return asio::post(loop_, [this] { end_turn(); });
  }
  gathered_ = 0;
  const std::vector<Collection*> turn = std::exchange(turn_, {});
  const Time now = steady_clock::now();
  for (Collection* collection : turn) {
    collection->has_turn = false;
    send_if_due(*collection, now);
  }
}

void PointReads::send_if_due(Collection& collection, Time now) {
  const auto is_overdue = [now](const auto& batch) { return now - batch->sent >= kOverdue; };
  const bool due = std::all_of(collection.sent.begin(), collection.sent.end(), is_overdue);
  if (due && !collection.waiting.empty() && !collection.acquires) acquire(collection);
}

void PointReads::acquire(Collection& collection) {
  std::optional<Result<Lease>> lease = points_.try_acquire();
  if (lease) return got(collection, std::move(*lease));
  if (collection.sent.empty()) lease = others_.try_acquire();
  if (lease && lease->has_value()) return got(collection, std::move(*lease));  // why there is none there says nothing about points
  if (!collection.sent.empty()) return;                                        // all are in use, one of them for us: others come first
  collection.acquires = true;
  points_.wait([this, &collection](Result<Lease> waited) {
    collection.acquires = false;
    got(collection, std::move(waited));
  });
}

void PointReads::got(Collection& collection, Result<Lease> lease) {
  if (collection.waiting.empty()) return;  // all were too late
  const auto batch = make_batch(collection);
  if (!lease) return deliver(failures_of(collection, *batch, refusal(lease.error())));
  collection.sent.push_back(batch);
  asio::co_spawn(loop_, run(collection, batch, std::move(*lease)), asio::detached);
}

std::shared_ptr<PointReads::Batch> PointReads::make_batch(Collection& collection) {
  auto batch = std::make_shared<Batch>();
  batch->finds.assign(std::make_move_iterator(collection.waiting.begin()), std::make_move_iterator(collection.waiting.end()));
  collection.waiting.clear();
  batch->order.resize(batch->finds.size());
  std::iota(batch->order.begin(), batch->order.end(), std::size_t{0});
  const auto id = [&](std::size_t find) -> const Value& { return batch->finds[find].plan->id; };
  std::sort(batch->order.begin(), batch->order.end(), [&](std::size_t a, std::size_t b) { return less(id(a), id(b)); });
  std::vector<Value> ids;
  for (const std::size_t find : batch->order) {
    if (ids.empty() || less(ids.back(), id(find))) ids.push_back(id(find));
  }
  batch->query.text = collection.text;
  batch->query.parameters.push_back(encode_ids(*collection.model, ids));
  batch->sent = steady_clock::now();
  return batch;
}

// Those who are answered may ask again, and so join the next batch.
awaitable<void> PointReads::run(Collection& collection, std::shared_ptr<Batch> batch, Lease lease) {
  const Outcome<Answer> outcome = co_await lease->run(batch->query, Scope::kWhole);
  lease.reset();
  ended(collection, batch, outcome);
}

void PointReads::ended(Collection& collection, const std::shared_ptr<Batch>& batch, const Outcome<Answer>& outcome) {
  std::erase(collection.sent, batch);
  std::vector<Answered> answers = outcome ? answers_of(collection, *batch, *outcome) : failures_of(collection, *batch, outcome.error());
  if (!collection.waiting.empty()) end_turn_later(collection);
  deliver(std::move(answers));
}

std::vector<PointReads::Answered> PointReads::answers_of(const Collection& collection, Batch& batch, const Answer& answer) {
  constexpr int kId = 1;  // behind the revision
  const Field& id_field = collection.model->fields[0];
  std::vector<Answered> answers;
  answers.reserve(batch.finds.size());
  const auto id = [&](std::size_t find) -> const Value& { return batch.finds[find].plan->id; };
  for (int row = 0; row < answer.rows(); ++row) {
    const Value found = read_value(id_field, answer.type(kId), answer.bytes(row, kId));
    if (found.is_absent()) continue;  // an id that no request can name
    const auto first = std::lower_bound(batch.order.begin(), batch.order.end(), found,
                                        [&](std::size_t find, const Value& value) { return less(id(find), value); });
    auto last = first;
    for (; last != batch.order.end() && !less(found, id(*last)); ++last) {
      answers.push_back({std::move(batch.finds[*last].done), read_record(answer, row, *collection.model, collection.ordinals)});
    }
    batch.order.erase(first, last);
  }
  for (const std::size_t find : batch.order) answers.push_back({std::move(batch.finds[find].done), no_record(*collection.model, id(find))});
  batch.order.clear();
  return answers;
}

// A lost connection says nothing about the others.
std::vector<PointReads::Answered> PointReads::failures_of(Collection& collection, Batch& batch, const Failure& failure) {
  std::vector<Answered> answers;
  const bool may_ask_again = failure.lost && failure.error.code != Code::kQueryTimeout;
  for (const std::size_t index : batch.order) {
    Find& find = batch.finds[index];
    if (may_ask_again && find.lost < kMostLost) {
      collection.waiting.push_front({find.plan, std::move(find.done), find.arrived, find.lost + 1});
    } else {
      answers.push_back({std::move(find.done), failure.error});
    }
  }
  batch.order.clear();
  return answers;
}

void PointReads::tick(Time now) {
  std::vector<Answered> late;
  std::vector<Collection*> asked;  // who is answered may ask for another one at once, which may be new
  const Time oldest = now - timeout_;
  for (const auto& [model, collection] : collections_) {
    take_late(collection->waiting, oldest, late);
    for (const auto& batch : collection->sent) take_late(*batch, oldest, late);
    asked.push_back(collection.get());
  }
  for (Collection* collection : asked) send_if_due(*collection, now);
  deliver(std::move(late));
}

// Those that are asked again stand in front in no order.
void PointReads::take_late(std::deque<Find>& waiting, Time oldest, std::vector<Answered>& late) {
  if (std::none_of(waiting.begin(), waiting.end(), [&](const Find& find) { return find.arrived <= oldest; })) return;
  std::deque<Find> others;  // a Done is never assigned (live_connection.h)
  for (Find& find : waiting) {
    if (find.arrived > oldest) {
      others.push_back(std::move(find));
    } else {
      late.push_back({std::move(find.done), too_late()});
    }
  }
  waiting.swap(others);
}

void PointReads::take_late(Batch& batch, Time oldest, std::vector<Answered>& late) {
  std::erase_if(batch.order, [&](std::size_t find) {
    if (batch.finds[find].arrived > oldest) return false;
    late.push_back({std::move(batch.finds[find].done), too_late()});
    return true;
  });
}

// Who is answered may ask again at once.
void PointReads::deliver(std::vector<Answered> answers) {
  for (Answered& answered : answers) std::move(answered.done)(std::move(answered.answer));
}

}  // namespace holdfast::postgres
