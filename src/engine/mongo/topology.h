#pragma once
// Where a URI leads: which server answers, and whether it is one that this engine can serve from.

#include <string>

#include "engine/mongo/connection.h"
#include "engine/mongo/engine.h"

namespace holdfast::mongo {

// The URI with our options, without those that depend on the server. StartupError (78): it is none, or names no database.
ConnectionSettings read_uri(const Options& options);

// The same for work that takes as long as it takes: building indexes, mending documents. A server that vanishes is noticed by keep-alive.
ConnectionSettings patient(const ConnectionSettings& settings);

// "shop on db1.example:27017,db2.example:27017": no user, no password.
std::string shown_address(const ConnectionSettings& settings);

struct Topology {
  std::string version;         // "7.0.4"
  bool is_replicated = false;  // a replica set or mongos: what keeps sessions, so that the driver may repeat a findAndModify
  std::string description;     // "standalone", "replica set rs0", "mongos"
};

// With a URI of one host that does not name its replica set, the driver would stay with that host, and read from it, when another member
// has become the primary. So the URI is made to name the set, unless it says directConnection=true. StartupError (69): nobody answers, or
// no primary can be reached by the names that the set has for its members.
void follow_replica_set(ConnectionSettings& settings);

// StartupError: 69 when nobody answers, or only a secondary; 78 when the server is older than 4.4.
Topology find_topology(Connection& connection, const std::string& shown);

}  // namespace holdfast::mongo
