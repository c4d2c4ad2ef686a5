#pragma once
// What runs statements on one connection to PostgreSQL: on its loop without ever blocking it (Session), or straight-line (DirectSession).
//
// A transaction that fails is rolled back before its Failure is answered, so a Session that is not lost is ready for the next one.
// Statements are prepared when first run, and prepared anew when the server has forgotten or outdated them (DDL, DISCARD ALL); behind a
// transaction pooler they are never prepared. Times are bounded: by statement_timeout on the server, by a deadline of ours here.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/loop.h"
#include "engine/postgres/handles.h"

namespace holdfast::postgres {

struct Failure {
  Error error;             // what a client is told, unless the caller knows better
  std::string state;       // SQLSTATE; empty: the server has not said it
  std::string constraint;  // that was violated
  std::string message;     // the server's, or libpq's
  std::size_t query = 0;   // which of the call's failed; when lost or at the commit: how many there were
  bool lost = false;       // the connection is gone, and with it the answer: what was sent is done, or not
  bool sent = true;        // false: nothing of the call has left
  bool again = false;      // nothing is kept, and the whole transaction may be tried again at once: serialization failure, deadlock,
                           // a forgotten preparation, a call that was never sent
};

[[noreturn]] void throw_exception_from_error(const Failure& failure, const boost::source_location& location);

template <typename T>
using Outcome = boost::system::result<T, Failure>;

// What a call is to transactions, which are READ COMMITTED whatever the server's default is.
enum class Scope : std::uint8_t {
  kWhole,   // one transaction of its own: all or nothing
  kBegin,   // begins one and leaves it open
  kInside,  // belongs to the open one
  kCommit,  // belongs to the open one, and commits it
};

// Belongs to its loop; one call at a time.
class Session {
 public:
  virtual ~Session() = default;

  // Runs all in one round trip, in order; one answer each. Ends at the first failure: what stands behind it was not run.
  // `queries` must outlive the awaited call; none is fine under kCommit.
  virtual awaitable<Outcome<std::vector<Answer>>> run(std::span<const Query> queries, Scope scope) = 0;
  // Ends the open transaction. When that fails the session is lost, which ends it too.
  virtual awaitable<void> roll_back() = 0;

  // One query, which must outlive the awaited call.
  awaitable<Outcome<Answer>> run(const Query& query, Scope scope);
};

// The same for start-up and commands: blocks. Any thread, one at a time. "begin" and "commit" are queries like others.
class DirectSession {
 public:
  explicit DirectSession(ConnectionHandle connection) noexcept : connection_(std::move(connection)) {}

  Outcome<Answer> run(const Query& query);
  // Several statements separated by semicolons, without parameters; the answer of the last one. DDL.
  Outcome<Answer> run_text(const std::string& statements);

 private:
  Outcome<Answer> take(PGresult* answer);

  ConnectionHandle connection_;
};

}  // namespace holdfast::postgres
