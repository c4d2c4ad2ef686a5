#pragma once
// Whether something can do its work: what readiness probes are told. A value.

#include <string>

namespace holdfast {

struct Health {
  bool ready = true;
  std::string detail;  // what is wrong; when ready: what works less well than it should
};

}  // namespace holdfast
