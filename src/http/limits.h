#pragma once
// What one connection may cost us. All configurable (HOLDFAST_*_LIMIT, HOLDFAST_*_TIMEOUT_MS); zero is not "unlimited".

#include <cstddef>
#include <cstdint>

#include "base/timestamp.h"

namespace holdfast::http {

struct Limits {
  std::size_t url_bytes = 8 * 1024;        // the request target → 414
  std::size_t header_bytes = 16 * 1024;    // all field lines together, line ends included → 431
  std::size_t header_count = 100;          // → 431
  std::uint64_t body_bytes = 1024 * 1024;  // content without chunk framing → 413
  Milliseconds header_timeout = 10'000;    // from the first byte of a request (or from accept) to the end of its head → 408
  Milliseconds body_timeout = 30'000;      // from the end of the head to the end of the body → 408
  Milliseconds idle_timeout = 75'000;      // between requests: closed without a word
  Milliseconds write_timeout = 30'000;     // the peer takes no byte of an answer: closed
  Milliseconds drain_timeout = 10'000;     // after drain(): what still runs then is cut off
};

}  // namespace holdfast::http
