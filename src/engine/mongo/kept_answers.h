#pragma once
// The answers that Idempotency-Keys keep, in `_hf_idempotency` (semantics.md §5). A key's document comes before its record: it says which
// id the record will have, and by which hash to know it. The answer is added when the record is there; when it never is, because the server
// or its connection died, whoever sends the key again after kStaleClaim takes over.

#include <atomic>
#include <string>
#include <variant>

#include "base/clock.h"
#include "engine/mongo/connection.h"
#include "engine/store.h"

namespace holdfast::mongo {

inline constexpr const char* kKeptCollection = "_hf_idempotency";
inline constexpr Milliseconds kStaleClaim = 30'000;

// The right to answer a key.
struct Claim {
  std::string key;             // `_id` of its document
  std::string owner;           // this attempt
  Value record_id;             // of the record, should one be made; Absent when the plan had none
  std::int64_t request = 0;    // what the record carries as `_hf.request`
  bool is_taken_over = false;  // the record may be there
};

class KeptAnswers {
 public:
  KeptAnswers(Connection& connection, const Clock& clock, std::atomic<Milliseconds>& next_expiry)
      : connection_(connection), clock_(clock), next_expiry_(next_expiry) {}

  // A claim, or the first answer again. idempotency_in_progress, idempotency_key_reused. `record_id`: made beforehand.
  Result<std::variant<Claim, Written>> claim(const WritePlan& plan, const Value& record_id);
  // The record will have another id.
  Result<void> move(const Claim& claim, const Model& model, const Value& record_id);
  // Keeps the answer; and lets go of some that are too old.
  Result<void> keep(const Claim& claim, const WritePlan& plan, const KeptAnswer& answer);
  // The write was refused: the key is free. False: perhaps not yet, and its document goes on to promise an id.
  bool release(const Claim& claim);

 private:
  Result<std::optional<std::variant<Claim, Written>>> meet(const WritePlan& plan, Claim claim, const bson_t& stored);
  Result<bool> update(const std::string& key, const std::string& owner, const bson_t& change);
  void remove_expired(Milliseconds now);

  Connection& connection_;
  const Clock& clock_;
  std::atomic<Milliseconds>& next_expiry_;  // nothing is too old before; shared by all connections
};

}  // namespace holdfast::mongo
