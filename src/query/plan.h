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

// What `q` of a search asks for, tokenised and stemmed as the stored texts are (query/search_terms.h).
struct SearchTerm {
  enum class Kind : std::uint8_t { kWord, kPrefix, kPhrase };

  Kind kind = Kind::kWord;
  std::vector<std::string> texts;  // kWord: its stems, one or two, sorted. kPrefix: one folded word. kPhrase: folded words, in order.
  friend bool operator==(const SearchTerm&, const SearchTerm&) = default;
};

// Every wanted term stands in some searched field, no unwanted one in any.
struct SearchQuery {
  std::vector<SearchTerm> wanted;    // at least one, none twice
  std::vector<SearchTerm> unwanted;  // kWord
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
  std::optional<SearchQuery> search;
  // Search only: the best rank first, then `sort`. A rank has one byte for each field of `search.fields`, in order: how many of the wanted
  // terms stand there. Ranks compare as bytes.
  bool by_rank = false;
  std::string after_rank;   // that of the record which `after` is of; empty without `after`
  std::string after_place;  // Listing::last_place of the page before
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

// POST ?onConflict=: when a record has the same values in `key`, it is changed by what was sent, as by PATCH.
struct Upsert {
  std::vector<std::size_t> key;  // a declared unique key; none of its values in the plan is null
  std::vector<Value> values;     // as of a kPatch of the same body
  std::vector<Claim> claims;
};

// Idempotency-Key: the first answer to this key of this collection is kept for `kIdempotencyLife` and given again.
struct Idempotency {
  std::string key;          // 1 to 255 visible ASCII characters
  std::string fingerprint;  // of method, target and body
};
inline constexpr Milliseconds kIdempotencyLife = 24 * 60 * 60 * 1000;

// Removals that reach more other records than this, by cascade and setNull together, are refused.
inline constexpr std::int64_t kCascadeLimit = 10'000;

struct WritePlan {
  enum class Kind : std::uint8_t { kCreate, kReplace, kPatch, kRemove };

  const Model* model = nullptr;
  Kind kind = Kind::kCreate;
  Value id;                   // Absent for kCreate of an integer id: the database makes it
  std::vector<Value> values;  // by ordinal, from the Draft; empty for kRemove. kPatch: of kObject and kJson, what is to be merged
  std::vector<Claim> claims;
  std::optional<EntityTags> if_match, if_none_match;
  // kCreate by PUT with `If-None-Match: *`: an id that is taken is precondition_failed, not unique_violation.
  bool only_if_missing = false;
  std::optional<Upsert> upsert;            // kCreate only
  std::optional<Idempotency> idempotency;  // kCreate only
  Milliseconds now = 0;                    // becomes createdAt, updatedAt
};

}  // namespace holdfast
