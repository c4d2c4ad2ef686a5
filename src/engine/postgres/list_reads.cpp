#include "engine/postgres/list_reads.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "engine/postgres/codec.h"
#include "engine/postgres/dialect.h"
#include "engine/postgres/error.h"
#include "engine/sql/statement.h"

namespace holdfast::postgres {
namespace {

using std::chrono::steady_clock;

constexpr asio::use_awaitable_t<Executor> kAwait{};

void append_key(std::string& key, const Query& query) {
  const auto append = [&key](std::string_view part) {
    key += std::to_string(part.size());
    key.push_back(':');
    key += part;
  };
  append(query.text);
  for (const Parameter& parameter : query.parameters) {
    key += std::to_string(parameter.type);
    key.push_back(parameter.bytes ? '=' : '-');
    if (parameter.bytes) append(*parameter.bytes);
  }
}

// Rows that the page lacks, and one more that tells whether there are others.
std::int64_t missing(const ListReads::Question& question, const Listing& listing) {
  return question.limit + 1 - static_cast<std::int64_t>(listing.records.size());
}

std::vector<Query> first_queries(const ListReads::Question& question) {
  std::vector<Query> queries;
  if (!question.ranges.empty()) queries.push_back(encode(question.ranges.front()));
  if (question.total) queries.push_back(encode(*question.total));
  return queries;
}

Query second_query(const ListReads::Question& question, const Listing& listing) {
  sql::Statement statement = question.ranges[1];
  statement.parameters.back().value = Value(missing(question, listing));
  return encode(statement);
}

Result<void> append_records(const Answer& answer, const ListReads::Question& question, Listing& listing) {
  for (int row = 0; row < answer.rows(); ++row) {
    Result<Record> record = read_record(answer, row, *question.model, question.ordinals);
    if (!record) return record.error();
    const bool is_on_page = static_cast<std::int64_t>(listing.records.size()) < question.limit;
    if (question.ranked && is_on_page) {
      listing.last_rank = sql::rank_of(answer.bytes(row, static_cast<int>(question.ordinals.size()) + 1));
    }
    listing.records.push_back(std::move(*record));
  }
  return {};
}

bool may_ask_again(const Outcome<Listing>& listing) {
  return listing.has_error() && listing.error().lost && listing.error().error.code != Code::kQueryTimeout;
}

}  // namespace

ListReads::ListReads(asio::io_context& loop, Pool& pool, Milliseconds timeout) : loop_(loop), pool_(pool), timeout_(timeout) {}

awaitable<Result<Listing>> ListReads::list(const ListPlan& plan) {
  Question question;
  question.model = plan.model;
  question.ranges = sql::list_statements(kDialect, plan);
  question.ordinals = sql::selected_ordinals(plan);
  question.limit = plan.limit;
  question.ranked = plan.by_rank;
  if (plan.count_exact) question.total = sql::count_statement(kDialect, *plan.model, plan.filter, plan.search);
  return ask(std::move(question));
}

awaitable<Result<std::int64_t>> ListReads::count(const CountPlan& plan) {
  Question question;
  question.model = plan.model;
  question.total = sql::count_statement(kDialect, *plan.model, plan.filter);
  const Result<Listing> listing = co_await ask(std::move(question));
  if (!listing) co_return listing.error();
  co_return *listing->total;
}

awaitable<Result<Listing>> ListReads::ask(Question question) {
  return asio::async_initiate<const asio::use_awaitable_t<Executor>, void(Result<Listing>)>(
      [this](auto done, Question asked) { join(std::move(asked), std::move(done)); }, kAwait, std::move(question));
}

void ListReads::join(Question question, Done done) {
  std::string key;
  for (const sql::Statement& range : question.ranges) append_key(key, encode(range));
  if (question.total) append_key(key, encode(*question.total));
  std::shared_ptr<Asked>& asked = asked_[key];
  if (!asked) asked = std::make_shared<Asked>(std::move(key), std::move(question));
  asked->waiting.push_back({std::move(done), steady_clock::now()});
  if (asked->waiting.size() > 1) return;
  turn_.push_back(asked);
  if (turn_.size() == 1) asio::post(loop_, [this] { end_turn(); });
}

// What was posted runs behind all that this turn has made ready.
void ListReads::end_turn() {
  const auto turn = std::exchange(turn_, {});
  const Time now = steady_clock::now();
  for (const auto& asked : turn) start_if_due(asked, now);
}

void ListReads::start_if_due(const std::shared_ptr<Asked>& asked, Time now) {
  if (asked->waiting.empty() || asked->starts) return;
  const bool due = asked->running.empty() || (asked->running.size() < kRunsAtOnce && now - asked->sent >= kOverdue);
  if (!due) return;
  asked->starts = true;
  asio::co_spawn(loop_, run(asked), asio::detached);
}

// A question whose connection was lost is asked again on another. When all are late (tick()), nothing more is asked for them.
awaitable<void> ListReads::run(std::shared_ptr<Asked> asked) {
  Result<Lease> lease = co_await pool_.acquire();
  asked->starts = false;
  const auto askers = std::make_shared<Askers>(std::exchange(asked->waiting, {}));
  asked->running.push_back(askers);
  asked->sent = steady_clock::now();
  Outcome<Listing> listing = Listing{};
  if (lease && !askers->empty()) listing = co_await read(asked->question, **lease, *askers);
  for (int lost = 0; lease && may_ask_again(listing) && !askers->empty() && lost < kMostLost; ++lost) {
    lease = co_await pool_.acquire();
    if (lease) listing = co_await read(asked->question, **lease, *askers);
  }
  const Error error = lease.has_error() ? lease.error() : listing.has_error() ? listing.error().error : Error();
  const bool failed = lease.has_error() || listing.has_error();
  if (lease) lease->reset();
  ended(asked, askers);
  deliver(std::move(*askers), failed ? Result<Listing>(error) : Result<Listing>(std::move(*listing)));
}

// The second range is read only when the page is not full.
awaitable<Outcome<Listing>> ListReads::read(const Question& question, Session& session, const Askers& askers) {
  Listing listing;
  std::vector<Query> queries = first_queries(question);
  Outcome<std::vector<Answer>> answers = co_await session.run(queries, Scope::kWhole);
  if (!answers) co_return answers.error();
  if (question.total) listing.total = read_integer(answers->back().bytes(0, 0));
  if (question.ranges.empty()) co_return listing;
  Result<void> appended = append_records(answers->front(), question, listing);
  if (appended && question.ranges.size() > 1 && missing(question, listing) > 0) {
    if (askers.empty()) co_return no_answer_in_time();
    queries.assign(1, second_query(question, listing));
    answers = co_await session.run(queries, Scope::kWhole);
    if (!answers) co_return answers.error();
    appended = append_records(answers->front(), question, listing);
  }
  if (!appended) co_return refusal(appended.error());
  listing.has_more = missing(question, listing) <= 0;
  if (listing.has_more) listing.records.pop_back();
  co_return listing;
}

// The next run leaves before this one's answers are handed out.
void ListReads::ended(const std::shared_ptr<Asked>& asked, const std::shared_ptr<Askers>& askers) {
  std::erase(asked->running, askers);
  start_if_due(asked, steady_clock::now());
  if (asked->running.empty() && asked->waiting.empty()) asked_.erase(asked->key);
}

void ListReads::tick(Time now) {
  Askers late;
  std::vector<std::shared_ptr<Asked>> held_back;
  for (const auto& [key, asked] : asked_) {
    take_late(asked->waiting, now - timeout_, late);
    for (const auto& askers : asked->running) take_late(*askers, now - timeout_, late);
    if (!asked->running.empty() && !asked->waiting.empty()) held_back.push_back(asked);
  }
  for (const auto& asked : held_back) start_if_due(asked, now);
  deliver(std::move(late), no_answer_in_time().error);
}

// They stand in the order of their arrival.
void ListReads::take_late(Askers& askers, Time oldest, Askers& late) {
  const auto end = std::find_if(askers.begin(), askers.end(), [&](const Asker& asker) { return asker.arrived > oldest; });
  if (end == askers.begin()) return;
  late.insert(late.end(), std::make_move_iterator(askers.begin()), std::make_move_iterator(end));
  askers = Askers(std::make_move_iterator(end), std::make_move_iterator(askers.end()));  // a Done is never assigned (live_connection.h)
}

// Who is answered may ask again at once.
void ListReads::deliver(Askers askers, Result<Listing> listing) {
  for (std::size_t i = 0; i + 1 < askers.size(); ++i) std::move(askers[i].done)(Result<Listing>(listing));
  if (!askers.empty()) std::move(askers.back().done)(std::move(listing));
}

}  // namespace holdfast::postgres
