#pragma once
// The `type` of a field: a name, or a list of one and "null".

#include "model/loader_faults.h"

namespace holdfast {

struct DeclaredType {
  std::string_view name;  // `string`, `integer`, `number`, `boolean`, `array` or `object`
  bool lists_null = false;
};

// Nothing after a fault.
std::optional<DeclaredType> read_type(Entry type, Place place, FaultList& faults);

}  // namespace holdfast
