#pragma once
// A look at a PostgreSQL server from outside: for `doctor`. Writes nothing. Blocking; any thread.

#include "engine/inspection.h"
#include "engine/postgres/engine.h"

namespace holdfast::postgres {

// Of `options` it needs url, pool_size and connect_timeout. Rights on tables are looked at for the models of `catalog`.
Inspection inspect(const Options& options, const Catalog& catalog);

}  // namespace holdfast::postgres
