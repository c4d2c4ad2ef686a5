#pragma once
// Makes one connection and readies it. Blocks: names are resolved and passwords are hashed here, so it belongs into a lane, or to start-up.

#include <atomic>

#include "base/timestamp.h"
#include "engine/postgres/address.h"
#include "engine/postgres/connection.h"

namespace holdfast::postgres {

// How a connection is to serve.
struct Terms {
  Milliseconds statement_timeout = 0;  // on the server; 0: none
  std::string schema;                  // becomes the search_path; empty: the server's own
};

struct Dialled {
  ConnectionHandle connection;
  // A transaction pooler is in front: it lends a server for a transaction at a time, so nothing may be set or prepared beyond one.
  bool pooled = false;
};

// Tries every address of every host in turn, as libpq would, save that one which is silent for `timeout` is passed over as well. Ends soon
// when `stopped` becomes true. The Failure's state is empty when no server answered.
Outcome<Dialled> dial(const Address& address, const Terms& terms, Milliseconds timeout, const std::atomic<bool>& stopped);

// Sets the terms, for the session (`local` false) or the transaction: a query without parameters.
std::string terms_text(const Terms& terms, bool local);

}  // namespace holdfast::postgres
