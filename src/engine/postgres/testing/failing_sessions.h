#pragma once
// Sessions for tests of what becomes of failures.

#include <deque>
#include <vector>

#include "engine/postgres/sessions.h"

namespace holdfast::testing {

inline postgres::Failure scripted_failure(Code code) {
  postgres::Failure failure;
  failure.error = Error(code, "as scripted");
  return failure;
}
inline postgres::Failure lost(bool sent = true) {
  postgres::Failure failure = scripted_failure(Code::kDatabaseUnavailable);
  failure.lost = true;
  failure.sent = sent;
  failure.again = !sent;
  return failure;
}
inline postgres::Failure again() {
  postgres::Failure failure = scripted_failure(Code::kOverloaded);
  failure.again = true;
  return failure;
}

// Fails every call as it is told, and notes what it was asked.
class FailingSessions final : public postgres::Sessions {
 public:
  explicit FailingSessions(std::deque<postgres::Failure> failures) : failures_(std::move(failures)) {}

  awaitable<Result<postgres::Lease>> acquire() override {
    if (failures_.empty()) co_return Error(Code::kDatabaseUnavailable, "nothing more is scripted");
    ++acquired;
    co_return std::make_shared<FailingSession>(*this);
  }

  int acquired = 0, undone = 0;
  std::vector<postgres::Scope> scopes;  // of the calls
  std::vector<std::size_t> statements;  // in each of them

 private:
  class FailingSession final : public postgres::Session {
   public:
    explicit FailingSession(FailingSessions& sessions) : sessions_(sessions) {}
    awaitable<postgres::Outcome<std::vector<postgres::Answer>>> run(std::span<const postgres::Query> queries,
                                                                    postgres::Scope scope) override {
      sessions_.scopes.push_back(scope);
      sessions_.statements.push_back(queries.size());
      postgres::Failure failure = std::move(sessions_.failures_.front());
      sessions_.failures_.pop_front();
      co_return failure;
    }
    awaitable<void> roll_back() override {
      ++sessions_.undone;
      co_return;
    }

   private:
    FailingSessions& sessions_;
  };

  std::deque<postgres::Failure> failures_;
};

}  // namespace holdfast::testing
