#pragma once
// Lists and counts. The same question asked by several is run once: who asks what is already waiting to be sent joins it, and while it is
// being answered the next run gathers, for at most `kOverdue`. It never joins what has been sent, so it never sees data older than its own
// start. Each has its own deadline, from its own arrival, however many statements its answer takes. Belongs to its loop.

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/postgres/pool.h"
#include "engine/sql/dialect.h"
#include "engine/store.h"

namespace holdfast::postgres {

class ListReads {
 public:
  using Time = Pool::Time;
  static constexpr std::chrono::milliseconds kOverdue{20};
  static constexpr std::size_t kRunsAtOnce = 2;  // of one question

  struct Question {
    const Model* model = nullptr;
    std::vector<sql::Statement> ranges;  // the page, to be read in order until it is full; none: only the total is wanted
    std::vector<std::size_t> ordinals;
    std::int64_t limit = 0;
    bool ranked = false;
    std::optional<sql::Statement> total;
  };
  ListReads(asio::io_context& loop, Pool& pool, Milliseconds timeout);
  ListReads(const ListReads&) = delete;
  ListReads& operator=(const ListReads&) = delete;

  awaitable<Result<Listing>> list(const ListPlan& plan);
  awaitable<Result<std::int64_t>> count(const CountPlan& plan);
  void tick(Time now);

 private:
  using Done = asio::any_completion_handler<void(Result<Listing>)>;

  struct Asker {
    Done done;
    Time arrived;
  };
  using Askers = std::vector<Asker>;

  struct Asked {
    Asked(std::string its_key, Question its_question) : key(std::move(its_key)), question(std::move(its_question)) {}

    const std::string key;
    const Question question;
    Askers waiting;                                // for the next run
    std::vector<std::shared_ptr<Askers>> running;  // of the runs that were sent and are not answered
    Time sent{};                                   // the last of them
    bool starts = false;                           // the next run waits for a connection
  };

  awaitable<Result<Listing>> ask(Question question);
  void join(Question question, Done done);
  void end_turn();
  void start_if_due(const std::shared_ptr<Asked>& asked, Time now);
  awaitable<void> run(std::shared_ptr<Asked> asked);
  static awaitable<Outcome<Listing>> read(const Question& question, Session& session, const Askers& askers);
  void ended(const std::shared_ptr<Asked>& asked, const std::shared_ptr<Askers>& askers);
  static void take_late(Askers& askers, Time oldest, Askers& late);
  static void deliver(Askers askers, Result<Listing> listing);

  asio::io_context& loop_;
  Pool& pool_;
  const std::chrono::milliseconds timeout_;
  std::unordered_map<std::string, std::shared_ptr<Asked>> asked_;
  std::vector<std::shared_ptr<Asked>> turn_;  // asked in this turn
};

}  // namespace holdfast::postgres
