#include "engine/postgres/writer.h"

#include "engine/postgres/write_session.h"

namespace holdfast::postgres {
namespace {

constexpr int kTries = 10;

}  // namespace

awaitable<Result<Written>> Writer::write(WritePlan plan) {
  if (CreateGroups::may_share(plan)) {
    Outcome<Written> written = co_await groups_.create(plan);
    if (written) co_return std::move(*written);
    if (!written.error().again) co_return written.error().error;
  }
  Result<Written> written = co_await write_alone(plan);
  co_return written;
}

awaitable<Result<Written>> Writer::write_alone(const WritePlan& plan) {
  bool was_lost = false;
  for (int tries = 0; tries < kTries; ++tries) {
    const Result<Lease> lease = co_await sessions_.acquire();
    if (!lease) co_return lease.error();
    WriteSession attempt(**lease, catalog_, plan);
    Outcome<Written> written = co_await attempt.run();
    if (written) co_return std::move(*written);
    const Failure& failure = written.error();
    if (failure.again) continue;
    const bool is_decided = !failure.lost || failure.error.code == Code::kOutcomeUnknown;
    const bool took_too_long = failure.error.code == Code::kQueryTimeout;
    if (is_decided || took_too_long || was_lost) co_return failure.error;
    was_lost = true;
  }
  co_return Error(Code::kOverloaded, "Other writes got in the way, ten times over; try again.");
}

}  // namespace holdfast::postgres
