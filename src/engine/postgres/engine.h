#pragma once
// The engine over PostgreSQL 14 or newer: libpq, never blocking a loop. Point reads gather per collection and turn into one `= any($1)`;
// lists, counts and writes run on other connections of the pool.

#include <chrono>
#include <memory>
#include <string>

#include "base/clock.h"
#include "engine/engine.h"

namespace holdfast::postgres {

struct Options {
  std::string url;            // of libpq: postgresql://user:password@host:port/database?sslmode=…; never shown with its password
  std::size_t loops = 1;      // how many stores will be attached
  std::size_t pool_size = 8;  // connections in all, divided over the loops; each needs at least 3 (open() says so otherwise)
  Milliseconds point_timeout = 1000;
  Milliseconds query_timeout = 5000;  // lists, counts, writes
  Milliseconds connect_timeout = 5000;
  Milliseconds acquire_timeout = 1000;    // who waits longer for a connection is `overloaded`
  Milliseconds health_check = 30'000;     // an idle connection is asked this often whether it answers
  Milliseconds idle_timeout = 600'000;    // an idle connection beyond the least number is closed
  Milliseconds max_lifetime = 1'800'000;  // a connection is closed and made anew, so that servers behind a balancer share the load
};

// Connects, checks version, encoding and rights, creates missing tables, columns and indexes. `catalog` and `clock` must outlive the
// engine. StartupError: 69 when the server cannot be reached or refuses us, 78 when URL or schema do not fit.
std::unique_ptr<Engine> open(const Options& options, const Catalog& catalog, const Clock& clock);

}  // namespace holdfast::postgres
