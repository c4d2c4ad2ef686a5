#pragma once
// A field that refers to another collection: `ref` and `onDelete`.

#include <map>

#include "model/loader_faults.h"

namespace holdfast {

// The collections that a reference may name, and the kinds of their ids; nothing where the collection's own file is at fault.
using IdKinds = std::map<std::string, std::optional<IdKind>, std::less<>>;

// Reads them, and the `type` that may stand beside them, into a field whose `required` is known: its kind is that of the ids it holds.
// False when there is no telling which collection is meant.
bool read_reference(const YamlNode& map, const IdKinds& id_kinds, Field& field, FaultList& faults);

}  // namespace holdfast
