#pragma once
// The answers that Idempotency-Keys keep, in `_hf_idempotency` (semantics.md §5). A key's document comes before its record: it says which
// id the record will have, and by which hash to know it. The answer is added when the record is there; when it never is, because the server
// or its connection died, whoever sends the key again after kStaleClaim takes over, and
// another request has the key when there is no record.

#include <atomic>
#include <string>
#include <variant>

#include "base/clock.h"
#include "engine/mongo/documents.h"
#include "engine/store.h"

namespace holdfast::mongo {

inline constexpr const char* kKeptCollection = "_hf_idempotency";
inline constexpr Milliseconds kStaleClaim = 30'000;
// Nothing is inserted later than this under a key: whoever finds it stale and no record may count on it that none comes.
inline constexpr Milliseconds kLatestInsert = kStaleClaim / 2;

// The right to answer a key.
struct Claim {
  std::string key;             // `_id` of its document
  std::string owner;           // this attempt
  Milliseconds since = 0;      // by the engine's clock
  Value record_id;             // of the record, should one be made; Absent when the plan had none
  std::int64_t request = 0;    // what the record carries as `_hf.request`
  bool is_taken_over = false;  // the record may be there
};

// From when on nobody inserts any more under a key that is so old: the last insert may be under way for as long as a command may take, and
// the driver sends it twice.
Milliseconds freed_after(const Connection& connection);

struct StoredKey;

class KeptAnswers {
 public:
  KeptAnswers(Documents& documents, const Clock& clock, std::atomic<Milliseconds>& next_expiry)
      : documents_(documents), connection_(documents.connection()), clock_(clock), next_expiry_(next_expiry) {}

  // A claim, or the first answer again. idempotency_in_progress, idempotency_key_reused. `record_id`: made beforehand.
  Result<std::variant<Claim, Written>> claim(const WritePlan& plan, const Value& record_id);
  // Others do not count on it yet that there is no record.
  bool may_insert(const Claim& claim) const { return clock_.now() - claim.since <= kLatestInsert; }
  // The record will have another id.
  Result<void> move(const Claim& claim, const Model& model, const Value& record_id);
  // Keeps the answer; and lets go of some that are too old. outcome_unknown: another request has the key.
  Result<void> keep(const Claim& claim, const WritePlan& plan, const KeptAnswer& answer);
  // The write was refused: the key is free. False: perhaps not yet, and its document goes on to promise an id.
  bool release(const Claim& claim);

 private:
  Result<std::optional<std::variant<Claim, Written>>> meet(const WritePlan& plan, Claim claim, const bson_t& stored);
  Result<bool> may_have_written(const Model& model, const StoredKey& key);
  Result<bool> update(const std::string& key, const std::string& owner, const bson_t& change);
  void remove_expired(Milliseconds now);

  Documents& documents_;
  Connection& connection_;
  const Clock& clock_;
  std::atomic<Milliseconds>& next_expiry_;  // nothing is too old before; shared by all connections
};

}  // namespace holdfast::mongo
