#pragma once
// The law that every engine passes: semantics.md as Catch2 assertions. An engine's own test calls it inside a TEST_CASE, once a part.

#include <functional>
#include <memory>

#include "engine/engine.h"

namespace holdfast::testing {

// Opens an empty database for the catalog; called once for each part.
using OpenEngine = std::function<std::unique_ptr<Engine>(const Catalog&)>;

// Create, read, replace, patch, remove; what is stored is what was sent, in every kind; ids of every kind.
void check_writes(const OpenEngine& open);
// Null never conflicts; every clashing key is named, the id first, then in model order.
void check_unique_keys(const OpenEngine& open);
// Every operator on every kind, alone, negated and combined, against the memory engine; counts.
void check_filters(const OpenEngine& open);
// Every sort with nulls, against the memory engine, walked by cursor forwards page by page, and by offset.
void check_order_and_pages(const OpenEngine& open);

}  // namespace holdfast::testing
