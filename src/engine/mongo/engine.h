#pragma once
// The engine over MongoDB 4.4 or newer (standalone, replica set or mongos): libmongoc, which blocks, in lanes. One document a record,
// no transactions; every command that writes has w:majority and j:true.

#include <memory>
#include <string>

#include "base/clock.h"
#include "engine/engine.h"

namespace holdfast::mongo {

struct Options {
  std::string uri;            // mongodb://user:password@host:port/database?…; never shown with its password
  std::size_t pool_size = 8;  // clients, each with a thread
  Milliseconds point_timeout = 1000;
  Milliseconds query_timeout = 5000;  // lists, counts, writes
  Milliseconds connect_timeout = 5000;
  Milliseconds acquire_timeout = 1000;  // who waits longer for a client is `overloaded`
};

// Connects, checks version and topology, creates missing collections, validators and indexes. `catalog` and `clock` must outlive the
// engine. StartupError: 69 when no primary can be reached or it refuses us, 78 when URI or stored schema do not fit.
std::unique_ptr<Engine> open(const Options& options, const Catalog& catalog, const Clock& clock);

// Holdfast keeps something beside the records that writes of other programs leave stale: search data, or keys that no index of their
// members can keep.
bool has_data_beside(const Model& model) noexcept;

// The driver gives every process that links it a file of counters in shared memory, before main() and named by the process id; one that is
// killed leaves it, and a later process of that id is told so on stderr. Removes the name; the counters go on. Once, as early as can be.
void unlink_counters() noexcept;

}  // namespace holdfast::mongo
