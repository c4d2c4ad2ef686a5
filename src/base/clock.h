#pragma once
// Where time comes from, so that tests can say what time it is. Thread-safe.

#include "base/timestamp.h"

namespace holdfast {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Milliseconds now() const = 0;
};

class SystemClock final : public Clock {
 public:
  Milliseconds now() const override;
};

}  // namespace holdfast
