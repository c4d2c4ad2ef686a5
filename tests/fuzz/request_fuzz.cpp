// The bytes of a connection. Besides not crashing: how they were cut into pieces on their way must make no difference.

#include <algorithm>
#include <string>

#include "fuzz.h"
#include "http/request_parser.h"

namespace holdfast::fuzz {
namespace {

using http::Progress;

struct Outcome {
  Progress head = Progress::kMore;
  Progress body = Progress::kMore;
  http::Request request;
  std::string refusal;
  std::size_t consumed = 0;
};

http::Limits small_limits() {
  http::Limits limits;
  limits.url_bytes = 200;
  limits.header_bytes = 600;
  limits.header_count = 8;
  limits.body_bytes = 300;
  return limits;
}

const http::Limits kLimits = small_limits();

std::string refusal_of(const http::RequestParser& parser) {
  return std::string(describe(parser.refusal().code).name);
}

// One request out of `bytes`, of which `step` more are there at each call.
Outcome parse(std::string_view bytes, std::size_t step) {
  http::RequestParser parser(kLimits);
  Outcome outcome;
  parser.reset(outcome.request);
  std::size_t there = 0;
  while (outcome.head == Progress::kMore && there < bytes.size()) {
    there = std::min(bytes.size(), there + step);
    outcome.head = parser.parse_head(bytes.substr(0, there), outcome.request);
  }
  if (outcome.head == Progress::kRefused) outcome.refusal = refusal_of(parser);
  if (outcome.head != Progress::kDone) return outcome;

  outcome.consumed = parser.consumed();
  require(outcome.consumed <= there, "a head is no longer than what has arrived");
  if (parser.body_too_large() || !parser.body_follows()) return outcome;
  for (;;) {
    outcome.body = parser.parse_body(bytes.substr(outcome.consumed, there - outcome.consumed), outcome.request, true);
    if (outcome.body == Progress::kRefused) break;
    outcome.consumed += parser.consumed();
    require(outcome.consumed <= there, "a body is no longer than what has arrived");
    if (outcome.body == Progress::kDone || there == bytes.size()) break;
    there = std::min(bytes.size(), there + step);
  }
  if (outcome.body == Progress::kRefused) outcome.refusal = refusal_of(parser);
  return outcome;
}

void require_equal(const Outcome& whole, const Outcome& pieces) {
  require(whole.head == pieces.head && whole.body == pieces.body, "pieces end as the whole does");
  require(whole.refusal == pieces.refusal, "pieces are refused for the same reason");
  if (whole.head != Progress::kDone || whole.body == Progress::kRefused) return;
  require(whole.consumed == pieces.consumed, "pieces end at the same byte");
  require(whole.request.target == pieces.request.target && whole.request.method_text == pieces.request.method_text, "same request line");
  require(whole.request.headers.size() == pieces.request.headers.size(), "same headers");
  require(whole.request.body == pieces.request.body, "same body");
}

}  // namespace

void run(std::string_view input) {
  const std::size_t step = 1 + take_choice(input) % 64;
  const Outcome whole = parse(input, std::max<std::size_t>(input.size(), 1));
  require(whole.request.body.size() <= kLimits.body_bytes, "a body within its limit");
  if (whole.head == Progress::kDone) {
    require(whole.request.headers.size() <= kLimits.header_count, "no more headers than the limit");
    require(whole.request.target.size() <= kLimits.url_bytes, "a target within its limit");
    require(whole.request.path().size() + whole.request.query().size() <= whole.request.target.size(), "path and query are parts");
  }
  require_equal(whole, parse(input, step));
}

}  // namespace holdfast::fuzz
