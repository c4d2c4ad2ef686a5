#include "engine/postgres/live_connection.h"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "engine/postgres/background.h"
#include "engine/postgres/error.h"

namespace holdfast::postgres {
namespace {

constexpr asio::use_awaitable_t<Executor> kAwait{};
constexpr std::size_t kKeptStatements = 128;    // a plan takes the server some 10 KB
constexpr std::size_t kLongestPrepared = 4096;  // longer texts are lists of values: rarely asked twice
constexpr int kBinary = 1;
constexpr const char* kBegin = "begin isolation level read committed";

Outcome<std::vector<Answer>> never_sent() {
  return lost_connection("the connection was lost before", false);
}

}  // namespace

LiveConnection::LiveConnection(asio::io_context& loop, Dialled dialled, const Terms& terms)
    : loop_(loop),
      socket_(loop.get_executor()),
      connection_(std::move(dialled.connection)),
      pooled_(dialled.pooled),
      local_terms_(terms_text(terms, true)),
      prepared_(kKeptStatements) {
  PQsetnonblocking(connection_.get(), 1);
  PQenterPipelineMode(connection_.get());
}

void LiveConnection::listen(std::function<void()> on_lost) {
  on_lost_ = std::move(on_lost);
  socket_.assign(PQsocket(connection_.get()));
  wait_for_input();
}

awaitable<Outcome<std::vector<Answer>>> LiveConnection::run(std::span<const Query> queries, Scope scope) {
  return asio::async_initiate<const asio::use_awaitable_t<Executor>, void(Outcome<std::vector<Answer>>)>(
      [this](auto done, std::span<const Query> asked, Scope in) { start(Call(asked, in, std::move(done))); }, kAwait, queries, scope);
}

awaitable<void> LiveConnection::roll_back() {
  if (is_lost() || !in_transaction_) co_return;
  static const Query kRollBack{"rollback", {}};
  const std::span<const Query> one(&kRollBack, 1);
  const auto answers = co_await run(one, Scope::kInside);
  in_transaction_ = false;
  if (!answers) retired_ = true;
}

void LiveConnection::start(Call call) {
  if (is_lost()) {
    asio::post(loop_, [done = std::move(call.done)]() mutable { std::move(done)(never_sent()); });
    return;
  }
  call_.emplace(std::move(call));
  if (!send()) lose_later();
}

bool LiveConnection::send() {
  Call& call = *call_;
  const bool begins = call.scope == Scope::kBegin || (call.scope == Scope::kWhole && pooled_);
  const bool commits = call.scope == Scope::kCommit || (call.scope == Scope::kWhole && pooled_);
  bool sent = true;
  if (begins) sent = send_hidden(kBegin) && (!pooled_ || send_hidden(local_terms_.c_str()));
  for (; sent && !stale_.empty(); stale_.pop_front()) {
    sent = send_text(("deallocate " + stale_.front()).c_str(), nullptr);
    call.steps.push_back({Step::Kind::kForget, 0, stale_.front()});
  }
  for (std::size_t i = 0; sent && i < call.queries.size(); ++i) sent = send_query(i);
  if (sent && commits) sent = send_hidden("commit");
  return sent && PQpipelineSync(connection_.get()) == 1 && flush();
}

bool LiveConnection::send_hidden(const char* text) {
  call_->steps.push_back({Step::Kind::kHidden, 0, {}});
  return send_text(text, nullptr);
}

bool LiveConnection::send_query(std::size_t index) {
  const Query& query = call_->queries[index];
  const char* name = nullptr;
  if (!pooled_ && query.text.size() <= kLongestPrepared && !prepare(index, name)) return false;
  call_->steps.push_back({Step::Kind::kQuery, index, {}});
  if (name == nullptr) return send_text(query.text.c_str(), &query);
  load(query);
  return PQsendQueryPrepared(connection_.get(), name, static_cast<int>(values_.size()), values_.data(), lengths_.data(), formats_.data(),
                             kBinary) == 1;
}

bool LiveConnection::send_text(const char* text, const Query* query) {
  static const Query kNothing;
  load(query == nullptr ? kNothing : *query);
  return PQsendQueryParams(connection_.get(), text, static_cast<int>(values_.size()), types_.data(), values_.data(), lengths_.data(),
                           formats_.data(), kBinary) == 1;
}

bool LiveConnection::prepare(std::size_t index, const char*& name) {
  const Query& query = call_->queries[index];
  PreparedStatements::Use use = prepared_.use(query);
  name = use.name;
  if (use.stale) stale_.push_back(std::move(*use.stale));
  if (!use.is_new) return true;
  call_->steps.push_back({Step::Kind::kPrepare, index, {}});
  load(query);
  return PQsendPrepare(connection_.get(), name, query.text.c_str(), static_cast<int>(types_.size()), types_.data()) == 1;
}

void LiveConnection::load(const Query& query) {
  const std::size_t count = query.parameters.size();
  types_.resize(count);
  values_.resize(count);
  lengths_.resize(count);
  formats_.assign(count, kBinary);
  for (std::size_t i = 0; i < count; ++i) {
    const Parameter& parameter = query.parameters[i];
    types_[i] = parameter.type;
    values_[i] = parameter.bytes ? parameter.bytes->data() : nullptr;
    lengths_[i] = parameter.bytes ? static_cast<int>(parameter.bytes->size()) : 0;
  }
}

bool LiveConnection::flush() {
  const int left = PQflush(connection_.get());
  if (left > 0) wait_for_room();
  return left >= 0;
}

void LiveConnection::wait_for_input() {
  const auto on_wait = [self = weak_from_this()](const boost::system::error_code& error) {
    if (const auto connection = self.lock(); connection && !error && !connection->is_lost()) connection->on_input();
  };
  wait_in_background(loop_, on_wait, [this](auto handler) { socket_.async_wait(asio::posix::descriptor_base::wait_read, handler); });
}

void LiveConnection::wait_for_room() {
  if (std::exchange(writing_, true)) return;
  const auto on_wait = [self = weak_from_this()](const boost::system::error_code& error) {
    const auto connection = self.lock();
    if (!connection || error || connection->is_lost()) return;
    connection->writing_ = false;
    if (!connection->flush()) connection->lose(lost_connection(PQerrorMessage(connection->connection_.get()), true));
  };
  wait_in_background(loop_, on_wait, [this](auto handler) { socket_.async_wait(asio::posix::descriptor_base::wait_write, handler); });
}

void LiveConnection::on_input() {
  const auto self = shared_from_this();  // whoever is answered may let go of us
  const bool read = PQconsumeInput(connection_.get()) == 1;
  const bool round_ended = call_ && take_answers();
  if (!read || PQstatus(connection_.get()) == CONNECTION_BAD) {
    return round_ended ? finish_and_close() : lose(lost_connection(PQerrorMessage(connection_.get()), true));
  }
  wait_for_input();
  if (round_ended) end_round();
}

// True when the answer to the Sync has come. Behind the steps libpq says null once more when the implicit commit fails, between its error
// and the Sync: so nothing more has come only when it says so twice.
bool LiveConnection::take_answers() {
  bool is_end = false;
  while (PQisBusy(connection_.get()) == 0) {
    PGresult* answer = PQgetResult(connection_.get());
    if (answer == nullptr) {
      if (call_->at < call_->steps.size()) {
        ++call_->at;
      } else if (std::exchange(is_end, true)) {
        return false;
      }
      continue;
    }
    is_end = false;
    if (PQresultStatus(answer) == PGRES_PIPELINE_SYNC) {
      PQclear(answer);
      return true;
    }
    take_answer(Answer(answer));
  }
  return false;
}

void LiveConnection::take_answer(Answer answer) {
  Call& call = *call_;
  const ExecStatusType status = answer.status();
  if (status == PGRES_PIPELINE_ABORTED) return;
  Step* step = call.at < call.steps.size() ? &call.steps[call.at] : nullptr;
  if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK || status == PGRES_EMPTY_QUERY) {
    if (step == nullptr) return;
    step->done = true;
    if (step->kind == Step::Kind::kQuery) call.answers.push_back(std::move(answer));
    return;
  }
  if (call.failure) return;
  call.failure = failure_of(answer);
  call.failure->query = step != nullptr && step->kind != Step::Kind::kHidden ? step->query : call.queries.size();
  call.forgotten = is_forgotten_preparation(answer);
}

void LiveConnection::end_round() {
  note_steps();
  if (call_->failure && PQtransactionStatus(connection_.get()) != PQTRANS_IDLE && !call_->undoing) {
    call_->undoing = true;
    call_->steps.clear();
    call_->at = 0;
    if (!send_hidden("rollback") || PQpipelineSync(connection_.get()) != 1 || !flush()) {
      lose(lost_connection(PQerrorMessage(connection_.get()), true));
    }
    return;
  }
  if (call_->forgotten && send_again()) return;
  in_transaction_ = PQtransactionStatus(connection_.get()) != PQTRANS_IDLE;
  finish();
}

// What was not prepared, or not forgotten, is so still.
void LiveConnection::note_steps() {
  for (const Step& step : call_->steps) {
    if (step.done) continue;
    if (step.kind == Step::Kind::kPrepare) prepared_.erase(call_->queries[step.query].text);
    if (step.kind == Step::Kind::kForget) stale_.push_back(step.name);
  }
}

// Nothing of a transaction that began with this call is kept, so that it can be sent once more.
bool LiveConnection::send_again() {
  Call& call = *call_;
  prepared_.clear();
  stale_.assign(1, "all");
  if (call.again || call.scope == Scope::kInside || call.scope == Scope::kCommit) return false;
  call.again = true;
  call.undoing = call.forgotten = false;
  call.failure.reset();
  call.answers.clear();
  call.steps.clear();
  call.at = 0;
  if (!send()) lose(lost_connection(PQerrorMessage(connection_.get()), true));
  return true;
}

void LiveConnection::finish() {
  Call call = std::move(*call_);
  call_.reset();
  if (call.failure && is_read_only(*call.failure)) retired_ = true;  // the primary may be elsewhere by now
  answer(std::move(call));
}

// The server closed the connection behind its whole answer.
void LiveConnection::finish_and_close() {
  Call call = std::move(*call_);
  call_.reset();
  close();
  if (on_lost_) std::exchange(on_lost_, nullptr)();
  answer(std::move(call));
}

void LiveConnection::answer(Call call) {
  if (call.failure) return std::move(call.done)(std::move(*call.failure));
  std::move(call.done)(std::move(call.answers));
}

// Whoever asks is not yet suspended.
void LiveConnection::lose_later() {
  asio::post(loop_, [self = shared_from_this()] {
    if (!self->is_lost()) self->lose(lost_connection(PQerrorMessage(self->connection_.get()), true));
  });
}

// What the server said before it closed the connection is the better reason.
void LiveConnection::lose(Failure failure) {
  const auto self = shared_from_this();
  std::optional<Call> call = std::exchange(call_, std::nullopt);
  close();
  if (on_lost_) std::exchange(on_lost_, nullptr)();
  if (!call) return;
  failure.query = call->queries.size();
  if (call->failure && (call->undoing || call->failure->lost)) failure = std::move(*call->failure);
  std::move(call->done)(std::move(failure));
}

void LiveConnection::expire(Time now, Milliseconds patience) {
  if (!call_ || now < call_->began + std::chrono::milliseconds(patience)) return;
  lose(no_answer_in_time());
}

void LiveConnection::probe() {
  if (is_lost() || call_) return;
  // The first reading may take the server's last words, so that only the second finds the end behind them.
  const bool read = PQconsumeInput(connection_.get()) == 1 && PQconsumeInput(connection_.get()) == 1;
  if (!read || PQstatus(connection_.get()) == CONNECTION_BAD) lose(lost_connection(PQerrorMessage(connection_.get()), true));
}

void LiveConnection::abandon() noexcept {
  on_lost_ = nullptr;
  const std::optional<Call> unanswered = std::exchange(call_, std::nullopt);
  close();
}

void LiveConnection::close() noexcept {
  if (socket_.is_open()) socket_.release();  // libpq closes it
  connection_.reset();
}

}  // namespace holdfast::postgres
