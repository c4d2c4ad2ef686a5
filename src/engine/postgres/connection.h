#pragma once
// One connection to PostgreSQL, driven by its loop without ever blocking it: libpq's pipeline mode. Not thread-safe: belongs to its loop.
//
// Statements are prepared when first run, and prepared anew when the server has forgotten or outdated them (DDL, DISCARD ALL); behind a
// transaction pooler they are never prepared.

#include <span>

#include "base/error.h"
#include "base/loop.h"
#include "engine/postgres/handles.h"

namespace holdfast::postgres {

struct Failure {
  Error error;
  std::string state;       // SQLSTATE; empty: the connection is lost, or never answered
  std::string constraint;  // that was violated
  std::string message;     // the server's
  bool lost = false;       // the connection cannot be used again
};

class Session {
 public:
  virtual ~Session() = default;

  // Runs all in one round trip, in order; each outside of begin() and commit() is a transaction of its own together with the others of
  // its call. Ends at the first failure: the ones behind it were not run.
  virtual awaitable<boost::system::result<std::vector<Answer>, Failure>> run(std::span<const Query> queries) = 0;
  virtual awaitable<boost::system::result<Answer, Failure>> run(Query query) = 0;
};

}  // namespace holdfast::postgres
