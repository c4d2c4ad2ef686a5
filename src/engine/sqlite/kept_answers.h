#pragma once
// The answers that Idempotency-Keys keep, in `_hf_idempotency` of the same file. Belongs to the writer's thread.
//
// Both calls belong inside the savepoint of the write that carries the key, so that a key is kept if and only if its write is.
// Cost: one lookup and one row for each keyed write, and a look at the oldest row, since no more is ever removed than a few at a time.

#include <optional>
#include <string>

#include "engine/sqlite/handles.h"
#include "engine/store.h"

namespace holdfast::sqlite {

std::string create_kept_answers_text();

class KeptAnswers {
 public:
  // The table must be there.
  explicit KeptAnswers(sqlite3* database);

  // The answer that the plan's key was given, again; nothing when it is new, or older than kIdempotencyLife. idempotency_key_reused.
  Result<std::optional<Written>> find(const WritePlan& plan);
  // Keeps the answer to a key for which find() found nothing, and lets go of some that are too old.
  Result<void> keep(const WritePlan& plan, const Written& written);

 private:
  Result<void> remove(std::int64_t row);
  Result<void> remove_expired(Milliseconds now);

  sqlite3* database_;
  PreparedStatement find_, insert_, remove_, oldest_;
  Milliseconds next_expiry_ = 0;  // nothing is too old before
};

}  // namespace holdfast::sqlite
