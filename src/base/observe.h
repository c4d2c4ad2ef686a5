#pragma once
// Every event that an operator may want to know, said once, as a value; logs and metrics listen (metrics/).

#include <chrono>
#include <string>
#include <string_view>

namespace holdfast {

// One answer has been handed to the socket.
struct RequestFinished {
  std::string_view method;
  std::string_view target;  // as sent; never a header or a body
  std::string_view request_id;
  std::string_view remote;  // address of the peer
  int status = 0;
  std::size_t body_bytes = 0;
  std::chrono::microseconds duration{};
};

// A request ended in an exception: a broken invariant. The client got 500 with the request id.
struct RequestFailed {
  std::string_view request_id;
  std::string_view what;
};

// Thread-safe; called on the loops, so must not block.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual bool wants_requests() const noexcept = 0;  // false: RequestFinished need not be made
  virtual void on(const RequestFinished& event) = 0;
  virtual void on(const RequestFailed& event) = 0;
};

}  // namespace holdfast
