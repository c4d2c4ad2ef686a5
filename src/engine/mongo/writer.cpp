#include "engine/mongo/writer.h"

#include "base/log.h"
#include "engine/mongo/write_session.h"

namespace holdfast::mongo {

Result<Written> Writer::write(Connection& connection, const WritePlan& plan) {
  Result<Written> written = WriteSession(connection, catalog_, clock_, keys_, next_expiry_).write(plan);
  const bool is_left = plan.kind == WritePlan::Kind::kRemove && !written && written.error().code == Code::kOutcomeUnknown;
  if (is_left) removal_watch_.note_unfinished(std::chrono::steady_clock::now());
  return written;
}

bool Writer::settle_removals(Connection& connection, std::int64_t most, const std::atomic<bool>* is_over) {
  Documents documents(connection, keys_);
  Removal removal(documents, catalog_, clock_);
  bool is_done = true;
  for (const Model& model : catalog_.models()) {
    if (!is_referred_to(catalog_, model)) continue;
    const Result<std::int64_t> found = removal.settle_left(model, {}, most, is_over);
    if (!found) {
      log(LogLevel::kWarn, "removals that were left unfinished stay so for now",
          {{"collection", model.name}, {"error", found.error().detail}});
    }
    if (is_over != nullptr && *is_over) return false;
    if (!found && connection.has_met_nobody()) return false;
    if (found && *found == most) is_done = false;
  }
  return is_done;
}

}  // namespace holdfast::mongo
