#pragma once
// How many connections there may be, and what one may cost us. All configurable (HOLDFAST_CONNECTIONS*, HOLDFAST_*_LIMIT,
// HOLDFAST_*_TIMEOUT_MS); zero is not "unlimited".

#include <cstddef>
#include <cstdint>

#include "base/timestamp.h"

namespace holdfast::http {

struct Limits {
  std::size_t connections = 16'000;              // in all; more → 503 and closed
  std::size_t connections_per_address = 12'000;  // so that one address never keeps all others out
  std::size_t url_bytes = 8 * 1024;              // the request target → 414
  std::size_t header_bytes = 16 * 1024;          // all field lines together, line ends included → 431
  std::size_t header_count = 100;                // → 431
  std::uint64_t body_bytes = 1024 * 1024;        // content without chunk framing → 413
  std::size_t bodies_bytes = 256 << 20;          // of large bodies that all connections hold together → 503
  Milliseconds header_timeout = 10'000;          // from the first byte of a request (or from accept) to the end of its head → 408
  Milliseconds body_timeout = 30'000;            // from the end of the head to the end of the body → 408
  Milliseconds idle_timeout = 75'000;            // between requests: closed without a word
  Milliseconds write_timeout = 30'000;           // the peer takes no byte of an answer: closed
  Milliseconds drain_timeout = 10'000;           // after drain(): what still runs then is cut off
};

}  // namespace holdfast::http
