#pragma once
// One model file's tree into a Model.

#include "model/loader_reference.h"

namespace holdfast {

// The kind of id that a model file says; nothing when that is where it is at fault.
std::optional<IdKind> id_kind_of(const YamlNode& root);

// Meaningful only when no fault was added. `id_kinds` knows all collections, this one too.
Model read_collection(const std::string& name, const YamlNode& root, const IdKinds& id_kinds, FaultList& faults);

}  // namespace holdfast
