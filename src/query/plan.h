#pragma once
// What a request asks of a database: values, made by the planner, run by every engine's Store. Each owns what it holds, save its model.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/timestamp.h"
#include "model/validator.h"
#include "query/filter.h"

namespace holdfast {

// No projection: ETag, batch and cache need the whole record.
struct FindPlan {
  const Model* model = nullptr;
  Value id;
};

struct ListPlan {
  const Model* model = nullptr;
  Filter filter;
  std::vector<SortKey> sort;                       // a total order: its last key is the id
  std::vector<Value> after;                        // one value for each key of `sort`: only what comes after it; empty: from the start
  std::int64_t offset = 0;                         // 0 under `after`
  std::int64_t limit = 10;                         // engines fetch one more to know `has_more`
  std::optional<std::vector<std::size_t>> fields;  // ascending ordinals, the id among them; nothing: all
  bool count_exact = false;
  std::uint64_t scope = 0;  // collection, finder, filter: what a cursor of this list is bound to
};

struct CountPlan {
  const Model* model = nullptr;
  Filter filter;
};

// If-Match or If-None-Match (RFC 9110 §13). Tags as in the header: with quotes, without `-gzip`/`-zstd`; weak ones carry W/.
struct EntityTags {
  bool any = false;  // *
  std::vector<std::string> tags;
};

struct WritePlan {
  enum class Kind : std::uint8_t { kCreate, kReplace, kPatch, kRemove };

  const Model* model = nullptr;
  Kind kind = Kind::kCreate;
  Value id;                   // Absent for kCreate of an integer id: the database makes it
  std::vector<Value> values;  // by ordinal, from the Draft; empty for kRemove
  std::vector<Claim> claims;
  std::optional<EntityTags> if_match, if_none_match;
  Milliseconds now = 0;  // becomes createdAt, updatedAt
};

}  // namespace holdfast
