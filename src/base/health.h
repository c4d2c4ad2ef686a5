#pragma once
// Whether something can do its work: what readiness probes are told. A value.

#include <string>

namespace holdfast {

struct Health {
  bool ready = true;
  std::string detail;  // when not ready: what is wrong
};

}  // namespace holdfast
