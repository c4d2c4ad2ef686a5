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

// What depends on the stored record and makes a body invalid: claims that do not hold (read_only), required members of objects that a patch
// makes anew (required). In model order; empty: valid.
std::vector<FieldError> errors_against(const WritePlan& plan, const Record& before);

// kReplace and kPatch. validation_failed when there are errors_against. The engine then checks references, then check_preconditions.
Result<Resolution> resolve_update(const WritePlan& plan, const Record& before);

// An upsert that met `before`: the same write as a kPatch of that record, without preconditions.
WritePlan as_patch(const WritePlan& upsert, const Record& before);

// The reference fields that are not null and that the write sets anew: those whose target must be there. `before` null: a new record.
std::vector<std::size_t> references_to_check(const Model& model, const Record* before, const Record& after);

// precondition_failed.
Result<void> check_preconditions(const WritePlan& plan, const Record& before);

// RFC 9110 §8.8.3.2. Strong comparison of `etag` with a list (`*` matches everything).
bool matches_strongly(const EntityTags& tags, const std::string& etag);
// Weak comparison, for If-None-Match.
bool matches_weakly(const EntityTags& tags, const std::string& etag);

}  // namespace holdfast
