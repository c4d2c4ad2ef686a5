#pragma once
// Whether something can do its work: what readiness probes are told. Values.

#include <cstdint>
#include <optional>
#include <string>

namespace holdfast {

// Connections to a database server, those of all loops together.
struct PoolStatistics {
  std::int64_t size = 0;     // at most
  std::int64_t in_use = 0;   // by a request
  std::int64_t idle = 0;     // open and free
  std::int64_t waiting = 0;  // requests that wait for one
  std::int64_t created = 0;  // since the start
  std::int64_t failed = 0;   // attempts to connect that failed, and connections that were lost
};

struct Health {
  bool ready = true;
  std::string detail;                       // what is wrong; when ready: what works less well than it should
  bool needs_restart = false;               // it does not heal by itself
  std::optional<PoolStatistics> pool = {};  // nothing: there is no server to connect to
};

}  // namespace holdfast
