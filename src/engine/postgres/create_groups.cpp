#include "engine/postgres/create_groups.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "engine/postgres/codec.h"
#include "engine/postgres/error.h"
#include "engine/postgres/write_statement.h"
#include "query/write_resolution.h"

namespace holdfast::postgres {
namespace {

using std::chrono::steady_clock;

constexpr asio::use_awaitable_t<Executor> kAwait{};

Failure too_busy() {
  return refusal(Error(Code::kOverloaded, "The database is busy with earlier creates; try again."));
}

// Something in the database, a trigger, has kept no row and said nothing.
Failure kept_nothing() {
  Failure failure = refusal(write_prevented());
  failure.again = true;
  return failure;
}

// What a failed group is to each of its creates. Who has waited in vain is not made to wait again.
Failure failure_of_one(Failure group) {
  if (group.lost && group.sent) return outcome_unknown(std::move(group));
  group.again = group.error.code != Code::kQueryTimeout;
  return group;
}

std::size_t bytes_of(const Query& query) {
  std::size_t bytes = 0;
  for (const Parameter& parameter : query.parameters) bytes += parameter.bytes ? parameter.bytes->size() : 0;
  return bytes;
}

}  // namespace

bool CreateGroups::may_share(const WritePlan& plan) noexcept {
  const Model& model = *plan.model;
  if (plan.kind != WritePlan::Kind::kCreate || plan.upsert || plan.idempotency || plan.only_if_missing) return false;
  if (model.id_kind == IdKind::kText || !model.unique_keys.empty()) return false;
  return std::none_of(model.fields.begin(), model.fields.end(), [](const Field& field) { return field.is_reference(); });
}

// Not a coroutine: what cannot be encoded throws to whoever asked.
awaitable<Outcome<Written>> CreateGroups::create(const WritePlan& plan) {
  Collection& collection = collections_[plan.model];
  Record record = resolve_create(plan);
  Query insert = insert_query(*plan.model, catalog_, record);
  return asio::async_initiate<const asio::use_awaitable_t<Executor>, void(Outcome<Written>)>(
      [this, &collection](auto done, Record made, Query query) {
        Create create{std::move(made), std::move(query), std::move(done), steady_clock::now()};
        if (collection.waiting.size() >= kMostWaiting) {
          asio::post(loop_, [refused = std::move(create.done)]() mutable { std::move(refused)(too_busy()); });
          return;
        }
        collection.waiting.push_back(std::move(create));
        end_turn_later(collection);
      },
      kAwait, std::move(record), std::move(insert));
}

void CreateGroups::end_turn_later(Collection& collection) {
  if (std::exchange(collection.has_turn, true)) return;
  turn_.push_back(&collection);
  if (turn_.size() == 1) asio::post(loop_, [this] { end_turn(); });
}

// What was posted runs behind all that this turn has made ready.
void CreateGroups::end_turn() {
  const Time now = steady_clock::now();
  for (Collection* collection : std::exchange(turn_, {})) {
    collection->has_turn = false;
    start_if_due(*collection, now);
  }
}

void CreateGroups::start_if_due(Collection& collection, Time now) {
  const bool due = collection.runs == 0 || (collection.runs < kAtOnce && now - collection.began >= kOverdue);
  if (!due || collection.waiting.empty()) return;
  ++collection.runs;
  collection.began = now;
  asio::co_spawn(loop_, run(collection), asio::detached);
}

// Who came while a session was waited for in vain has not waited yet.
awaitable<void> CreateGroups::run(Collection& collection) {
  const Time asked = steady_clock::now();
  Result<Lease> lease = co_await sessions_.acquire();
  if (lease) {
    Group group = take_group(collection);
    co_await insert(collection, std::move(group), std::move(*lease));
  } else {
    --collection.runs;
    refuse(take_older(collection, asked), refusal(lease.error()));
  }
  if (!collection.waiting.empty()) end_turn_later(collection);
}

awaitable<void> CreateGroups::insert(Collection& collection, Group group, Lease session) {
  std::vector<Query> inserts;
  for (Create& create : group) inserts.push_back(std::move(create.insert));
  const Time sent = steady_clock::now();
  Outcome<std::vector<Answer>> inserted = std::vector<Answer>();
  if (!inserts.empty()) inserted = co_await session->run(inserts, Scope::kWhole);
  session.reset();
  const bool was_quick = steady_clock::now() - sent < kOverdue;
  const std::size_t limit = was_quick ? std::max(collection.limit, group.size() * 2) : group.size() / 2;
  collection.limit = std::clamp(limit, std::size_t{1}, kLargest);
  --collection.runs;
  if (inserted) deliver(std::move(group), *inserted);
  if (!inserted) refuse(std::move(group), failure_of_one(inserted.error()));
}

CreateGroups::Group CreateGroups::take_group(Collection& collection) {
  Group group;
  std::size_t bytes = 0;
  for (; !collection.waiting.empty() && group.size() < collection.limit; collection.waiting.pop_front()) {
    bytes += bytes_of(collection.waiting.front().insert);
    if (!group.empty() && bytes > kMostBytes) break;
    group.push_back(std::move(collection.waiting.front()));
  }
  return group;
}

CreateGroups::Group CreateGroups::take_older(Collection& collection, Time than) {
  Group group;
  for (; !collection.waiting.empty() && collection.waiting.front().arrived <= than; collection.waiting.pop_front()) {
    group.push_back(std::move(collection.waiting.front()));
  }
  return group;
}

void CreateGroups::refuse(Group group, const Failure& failure) {
  for (Create& create : group) std::move(create.done)(failure);
}

void CreateGroups::deliver(Group group, const std::vector<Answer>& inserted) {
  for (std::size_t i = 0; i < group.size(); ++i) {
    Create& create = group[i];
    if (inserted[i].rows() == 0) {
      std::move(create.done)(kept_nothing());
      continue;
    }
    Value& id = create.record.values[0];
    if (id.is_absent()) id = Value(read_integer(inserted[i].bytes(0, 0)));
    Written written;
    written.after = std::move(create.record);
    written.created = true;
    std::move(create.done)(std::move(written));
  }
}

// Who is answered may ask for another collection at once, which may be new.
void CreateGroups::tick(Time now) {
  std::vector<std::pair<Collection*, Group>> late;
  for (auto& [model, collection] : collections_) late.emplace_back(&collection, take_older(collection, now - patience_));
  for (auto& [collection, group] : late) {
    refuse(std::move(group), too_busy());
    start_if_due(*collection, now);
  }
}

}  // namespace holdfast::postgres
