#pragma once
// A Session over one live connection in libpq's pipeline mode: what a call sends leaves together, behind it one Sync.
//
// Belongs to its loop, which it never blocks and never keeps running: it listens also while nothing is asked, so that a connection that
// the server closed is noticed before it is used. Whoever owns it calls expire() now and then, and abandon() before the loop ends.

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "engine/postgres/connection.h"
#include "engine/postgres/dial.h"
#include "engine/postgres/prepared.h"

namespace holdfast::postgres {

class LiveConnection final : public Session, public std::enable_shared_from_this<LiveConnection> {
 public:
  using Time = std::chrono::steady_clock::time_point;
  LiveConnection(asio::io_context& loop, Dialled dialled, const Terms& terms);
  ~LiveConnection() override { abandon(); }

  awaitable<Outcome<std::vector<Answer>>> run(std::span<const Query> queries, Scope scope) override;
  awaitable<void> roll_back() override;

  // Begins to listen; once, by whoever made it. `on_lost` is called when the connection is lost.
  void listen(std::function<void()> on_lost);

  // It may be lent: neither lost, nor in a call, nor in a transaction, nor told to end.
  bool is_fit() const noexcept { return connection_ != nullptr && !call_ && !in_transaction_ && !retired_; }
  bool is_lost() const noexcept { return connection_ == nullptr; }

  // A call that is not answered `patience` after it began is given up, and the connection with it. The server is not asked to cancel: it
  // ends each statement by its own, shorter timeout, and one that does not hear us would hold up whoever asks.
  void expire(Time now, Milliseconds patience);
  // Is it still there? Asks the socket only; it is lost when not.
  void probe();
  // Closes, and answers nobody.
  void abandon() noexcept;

 private:
  using Done = asio::any_completion_handler<void(Outcome<std::vector<Answer>>)>;

  // What the server answers to, in order.
  struct Step {
    enum class Kind : std::uint8_t { kQuery, kPrepare, kForget, kHidden };
    Kind kind;
    std::size_t query = 0;  // kQuery, kPrepare
    std::string name;       // kForget
    bool done = false;      // it succeeded
  };
  struct Call {
    Call(std::span<const Query> asked, Scope in, Done then)
        : queries(asked), scope(in), done(std::move(then)), began(std::chrono::steady_clock::now()) {}

    std::span<const Query> queries;
    Scope scope;
    Done done;  // Boost 1.81: never assigned, its move assignment calls itself for ever
    Time began;
    std::vector<Step> steps;
    std::size_t at = 0;  // the step whose answers arrive
    std::vector<Answer> answers;
    std::optional<Failure> failure;
    bool forgotten = false;  // a preparation was
    bool again = false;      // it is sent for the second time
    bool undoing = false;    // the failed transaction is being rolled back
  };

  void start(Call call);
  bool send();
  bool send_query(std::size_t index);
  bool send_hidden(const char* text);
  bool send_text(const char* text, const Query* query);
  bool prepare(std::size_t index, const char*& name);
  void load(const Query& query);
  bool flush();

  void wait_for_input();
  void wait_for_room();
  void on_input();
  bool take_answers();
  void take_answer(Answer answer);
  void end_round();
  void note_steps();
  bool send_again();
  void finish();
  void finish_and_close();
  static void answer(Call call);
  void lose_later();
  void lose(Failure failure);
  void close() noexcept;

  asio::io_context& loop_;
  asio::posix::basic_stream_descriptor<Executor> socket_;
  ConnectionHandle connection_;
  const bool pooled_;
  const std::string local_terms_;  // behind a pooler: what each transaction starts with
  std::function<void()> on_lost_;
  PreparedStatements prepared_;
  std::deque<std::string> stale_;  // preparations that the server may forget, with the next call
  std::optional<Call> call_;
  bool in_transaction_ = false;
  bool retired_ = false;  // it works, but another one would do better
  bool writing_ = false;  // waits for room in the socket
  // Of the query that is being sent: what libpq wants as arrays.
  std::vector<Oid> types_;
  std::vector<const char*> values_;
  std::vector<int> lengths_, formats_;
};

}  // namespace holdfast::postgres
