#pragma once
// The specification as code: semantics.md in plain containers, with nothing kept when it is closed. Every other engine must answer as this
// one does; it is for tests and for reading, and looks at every record for every question. The room's only public header.

#include <memory>

#include "engine/engine.h"

namespace holdfast::memory {

// Empty collections of the catalog, which must outlive the engine.
std::unique_ptr<Engine> open(const Catalog& catalog);

}  // namespace holdfast::memory
