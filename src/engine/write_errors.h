#pragma once
// What every engine says alike of a write that it refuses. Pure.

#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "model/model.h"

namespace holdfast {

// The id as in a URL.
std::string shown_id(const Value& id);

// not_found.
Error no_record(const Model& model, const Value& id);

// The keys in the order in which a unique_violation names them: the id, then the declared ones in model order.
std::vector<UniqueKey> keys_of(const Model& model);
// True when another record could have the same values: none of them is null, and the id is only looked at in a new record.
bool may_clash(const UniqueKey& key, const Record& record, bool is_new);
// unique_violation, naming the fields of these keys; of none: a key that no model declares.
Error unique_violation(const Model& model, std::span<const UniqueKey> clashing);

// reference_violation: no record is there that these references of `after` are to.
Error missing_targets(const Model& model, const Record& after, std::span<const std::size_t> references);
// reference_violation: what Holdfast checks holds, and yet a foreign key of the database does not; another program declared it.
Error foreign_key_violation();

// precondition_failed of a PUT with `If-None-Match: *`.
Error id_is_taken(const Model& model, const Value& id);

Error idempotency_in_progress();

}  // namespace holdfast
