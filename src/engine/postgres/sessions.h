#pragma once
// Where a loop's sessions come from.

#include <memory>

#include "engine/postgres/connection.h"

namespace holdfast::postgres {

// A session on loan. It goes back when the last copy ends; one that is lost, or left in a transaction, is thrown away then.
using Lease = std::shared_ptr<Session>;

class Sessions {
 public:
  virtual ~Sessions() = default;

  // database_unavailable at once while the server cannot be reached; overloaded when too many wait, or for too long.
  virtual awaitable<Result<Lease>> acquire() = 0;
};

}  // namespace holdfast::postgres
