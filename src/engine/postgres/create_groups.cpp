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

Failure never_began(Error error) {
  Failure failure;
  failure.error = std::move(error);
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

awaitable<Outcome<Written>> CreateGroups::create(const WritePlan& plan) {
  return asio::async_initiate<const asio::use_awaitable_t<Executor>, void(Outcome<Written>)>(
      [this](auto done, const WritePlan* asked) {
        Collection& collection = collections_[asked->model];
        Record record = resolve_create(*asked);
        Query insert = insert_query(*asked->model, catalog_, record);
        collection.waiting.push_back({std::move(record), std::move(insert), std::move(done), steady_clock::now()});
        end_turn_later(collection);
      },
      kAwait, &plan);
}

void CreateGroups::end_turn_later(Collection& collection) {
  if (std::exchange(collection.has_turn, true)) return;
  turn_.push_back(&collection);
  if (turn_.size() == 1) asio::post(loop_, [this] { end_turn(); });
}

// What was posted runs behind all that this turn has made ready.
void CreateGroups::end_turn() {
  for (Collection* collection : std::exchange(turn_, {})) {
    collection->has_turn = false;
    if (collection->waiting.empty() || std::exchange(collection->runs, true)) continue;
    asio::co_spawn(loop_, run(*collection), asio::detached);
  }
}

awaitable<void> CreateGroups::run(Collection& collection) {
  Result<Lease> lease = co_await sessions_.acquire();
  Group group = take_group(collection);
  Outcome<std::vector<Answer>> inserted = std::vector<Answer>();
  if (!lease) {
    inserted = never_began(lease.error());
  } else if (!group.empty()) {
    inserted = co_await insert(group, **lease);
    lease->reset();
  }
  collection.runs = false;
  end_turn_later(collection);  // those who are answered may ask again, and so join the next group
  deliver(std::move(group), inserted);
}

awaitable<Outcome<std::vector<Answer>>> CreateGroups::insert(Group& group, Session& session) {
  std::vector<Query> inserts;
  for (Create& create : group) inserts.push_back(std::move(create.insert));
  Outcome<std::vector<Answer>> inserted = co_await session.run(inserts, Scope::kWhole);
  if (!inserted) co_return failure_of_one(inserted.error());
  co_return inserted;
}

CreateGroups::Group CreateGroups::take_group(Collection& collection) {
  Group group;
  std::size_t bytes = 0;
  for (; !collection.waiting.empty() && group.size() < kLargest; collection.waiting.pop_front()) {
    bytes += bytes_of(collection.waiting.front().insert);
    if (!group.empty() && bytes > kMostBytes) break;
    group.push_back(std::move(collection.waiting.front()));
  }
  return group;
}

void CreateGroups::deliver(Group group, const Outcome<std::vector<Answer>>& inserted) {
  for (std::size_t i = 0; i < group.size(); ++i) {
    Create& create = group[i];
    if (!inserted) {
      std::move(create.done)(inserted.error());
      continue;
    }
    Value& id = create.record.values[0];
    if (id.is_absent()) id = Value(read_integer((*inserted)[i].bytes(0, 0)));
    Written written;
    written.after = std::move(create.record);
    written.created = true;
    std::move(create.done)(std::move(written));
  }
}

void CreateGroups::tick(Time now) {
  Group late;
  for (auto& [model, collection] : collections_) {
    std::deque<Create>& waiting = collection.waiting;
    for (; !waiting.empty() && now - waiting.front().arrived >= patience_; waiting.pop_front()) late.push_back(std::move(waiting.front()));
  }
  if (!late.empty())
    deliver(std::move(late), never_began(Error(Code::kOverloaded, "The database is busy with earlier creates; try again.")));
}

}  // namespace holdfast::postgres
