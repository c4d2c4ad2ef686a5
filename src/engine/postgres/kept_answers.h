#pragma once
// The answers that Idempotency-Keys keep, in `_hf_idempotency`. Pure: statements, and what their answers mean.
//
// All belong to the transaction of the write that carries the key, so that a key is kept if and only if its write is. Who runs a key holds
// an advisory lock until then, which another server sees too; it is taken in a statement of its own before the row is read, since a
// statement sees what was committed before it began.

#include <optional>
#include <vector>

#include "engine/postgres/handles.h"
#include "engine/store.h"

namespace holdfast::postgres {

// Takes the lock and looks up the key: two answers.
std::vector<Query> begin_key_queries(const WritePlan& plan);
// What they say: the first answer again, or nothing when the write is to be done. idempotency_in_progress, idempotency_key_reused.
Result<std::optional<Written>> read_key(const WritePlan& plan, const Answer& lock, const Answer& row);

// Keeps the answer, and lets go of a few that are too old: the table shrinks to a day's keys, and no write pays for all of yesterday's.
std::vector<Query> keep_queries(const WritePlan& plan, const Written& written);

}  // namespace holdfast::postgres
