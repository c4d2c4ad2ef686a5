#pragma once
// The opaque keyset cursor: sort, scope and the last row's key values, authenticated. Deterministic: equal pages give equal cursors.
// The key is the database's own (`_hf_meta`), so replicas agree.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "query/plan.h"

namespace holdfast {

struct Cursor {
  std::vector<SortKey> sort;
  std::vector<Value> after;
  std::string after_rank;   // empty: the list is not by rank
  std::string after_place;  // ListPlan::after_place
};

// True when a page sorted so can be continued: no string key without maxLength or with one over 1,000.
bool can_continue(const Model& model, const std::vector<SortKey>& sort);

// `last` is the last record of the page of `plan`; its sort values must be present. `last_rank`: its rank when the plan is by rank.
// `last_place`: what its engine says beside that, if anything.
std::string encode_cursor(const SecretKey& key, const ListPlan& plan, const Record& last, std::string_view last_rank,
                          std::string_view last_place = {});

// invalid_cursor when altered, of another version, collection or filter (`scope`), or naming fields that the model no longer has so.
Result<Cursor> decode_cursor(const SecretKey& key, const Model& model, std::uint64_t scope, std::string_view text);

}  // namespace holdfast
