#pragma once
// One member of `properties`, or the `items` of an array, into a Field.

#include "model/loader_faults.h"

namespace holdfast {

// What is known of the field before its map is read.
enum class FieldPlace : std::uint8_t { kOptional, kRequired, kItems };

struct DeclaredField {
  Field field;
  bool sound = false;  // no fault was found in it; otherwise nothing but its name and column can be relied on
};

// `name` is checked here; whether it is reserved or repeated is the collection's business.
DeclaredField read_field(const YamlNode& name, const YamlNode& map, FieldPlace place, FaultList& faults);

// isActive → is_active, userID → user_id, parseHTTPHeader → parse_http_header.
std::string snake_case(std::string_view name);

}  // namespace holdfast
