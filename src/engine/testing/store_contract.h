#pragma once
// The law that every engine passes: semantics.md as Catch2 assertions. An engine's own test calls it inside a TEST_CASE, once a part.

#include <functional>
#include <memory>

#include "engine/engine.h"
#include "engine/testing/characters.h"

namespace holdfast::testing {

// Opens an empty database for the catalog; called once for each part.
using OpenEngine = std::function<std::unique_ptr<Engine>(const Catalog&)>;

// Create, read, replace, patch, remove; what is stored is what was sent, in every kind; ids of every kind.
void check_writes(const OpenEngine& open);
// Null never conflicts; every clashing key is named, the id first, then in model order.
void check_unique_keys(const OpenEngine& open);
// Every operator on every kind, alone, negated and combined, against the memory engine; counts.
void check_filters(const OpenEngine& open, Characters characters = Characters::kAll);
// Every sort with nulls, against the memory engine, walked by cursor forwards page by page, and by offset.
void check_order_and_pages(const OpenEngine& open, Characters characters = Characters::kAll);
// Missing targets; restrict, cascade and setNull, along diamonds and cycles; what is reported, and that nothing happened then.
void check_references(const OpenEngine& open);
// kCascadeLimit records go, one more does not.
void check_cascade_limit(const OpenEngine& open);
// POST with onConflict: created, changed as by a patch, unchanged, refused.
void check_upserts(const OpenEngine& open);
// PUT with `If-None-Match: *`.
void check_creation_by_put(const OpenEngine& open);
// Replays, other requests under the same key, what is kept and for how long.
void check_idempotency(const OpenEngine& open);
// Objects, arrays of objects, free-form JSON: stored exactly, filtered and sorted by path, merged by patches.
void check_nested_objects(const OpenEngine& open);
// Terms, rank, pages, filters; found at once after each write.
void check_search(const OpenEngine& open);

}  // namespace holdfast::testing
