#pragma once
// A look at a MongoDB server from outside: for `doctor`. Writes nothing. Blocking; any thread.

#include "engine/inspection.h"
#include "engine/mongo/engine.h"

namespace holdfast::mongo {

// Of `options` it needs uri, pool_size, connect_timeout and query_timeout.
Inspection inspect(const Options& options);

}  // namespace holdfast::mongo
