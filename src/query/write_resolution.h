#pragma once
// What a write makes of the record before it: pure, so that every engine decides alike inside its own transaction.

#include <optional>

#include "query/plan.h"

namespace holdfast {

struct Resolution {
  Record after;
  bool changed = true;  // false: nothing to store; `after` is the record before, revision and updatedAt kept
};

// A new record (kCreate). Values of the plan, timestamps of `now`, revision 1; an integer id stays Absent.
Record resolve_create(const WritePlan& plan);

// kReplace and kPatch. Checks in this order: claims (validation_failed, read_only), If-Match and If-None-Match (precondition_failed).
Result<Resolution> resolve_update(const WritePlan& plan, const Record& before);

// kRemove: the preconditions only. True or precondition_failed.
Result<void> check_preconditions(const WritePlan& plan, const Record& before);

// RFC 9110 §8.8.3.2. Strong comparison of `etag` with a list (`*` matches everything).
bool matches_strongly(const EntityTags& tags, const std::string& etag);
// Weak comparison, for If-None-Match.
bool matches_weakly(const EntityTags& tags, const std::string& etag);

}  // namespace holdfast
