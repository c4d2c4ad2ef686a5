#pragma once
// Tells events as log lines: one `info` line an answered request (the access log), one `error` line a request that failed in Holdfast.

#include "base/observe.h"

namespace holdfast {

class LogObserver final : public Observer {
 public:
  // True when the log tells `info`: otherwise the event need not be made.
  bool wants_requests() const noexcept override;
  void on(const RequestFinished& event) override;
  void on(const RequestFailed& event) override;
};

}  // namespace holdfast
