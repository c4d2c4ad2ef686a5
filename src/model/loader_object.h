#pragma once
// What an object of a model declares: its members, and which of them are required.

#include <set>

#include "model/loader_field.h"

namespace holdfast {

// The names that `required` lists, each one of `names`; a fault for every other. `kept` are those that the server keeps.
std::set<std::string_view> read_required(Entry required, const std::vector<std::string_view>& names,
                                         const std::vector<std::string_view>& kept, FaultList& faults);

// Whether a `type: object` is kObject, with declared members, or kJson, free-form. Nothing after a fault.
std::optional<Kind> read_object_kind(const YamlNode& map, FieldSite site, FaultList& faults);

// Reads `properties` and `required` into a kObject that stands at `site`.
void read_members(const YamlNode& map, FieldSite site, FieldReading& reading, Field& field);

}  // namespace holdfast
