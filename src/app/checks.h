#pragma once
// What `doctor` looks at: everything that `serve` needs, one after the other. Reads files, asks the database and tries the port; changes
// nothing.

#include <vector>

#include "app/config.h"
#include "engine/inspection.h"

namespace holdfast {

// configuration models seeds, then what the engine found, data (of an embedded file), port, and pool (of a server that runs).
struct Checks {
  std::vector<Finding> findings;
  bool unreachable = false;  // the database

  // 0: no errors; 78: in configuration or models; 69: the database cannot be reached; 1: anything else.
  int exit_status() const;
};

Checks check_everything(const ReadConfig& read);

}  // namespace holdfast
