#pragma once
// One member of `properties`, or the `items` of an array, into a Field.

#include "model/loader_faults.h"
#include "model/loader_reference.h"

namespace holdfast {

// What is known of a field before its map is read.
struct FieldSite {
  Place place = Place::kProperty;
  bool required = false;  // listed in the `required` beside it
  int objects = 0;        // that it lies in
};

// What the fields of one collection are read with.
struct FieldReading {
  const IdKinds& id_kinds;
  FaultList& faults;
  int members = 0;  // of objects, read so far
};

struct DeclaredField {
  Field field;
  bool sound = false;  // no fault was found in it; otherwise nothing but its name and column can be relied on
};

// `name` is checked here; whether it is reserved or repeated is the collection's business.
DeclaredField read_field(const YamlNode& name, const YamlNode& map, FieldSite site, FieldReading& reading);

// isActive → is_active, userID → user_id, parseHTTPHeader → parse_http_header.
std::string snake_case(std::string_view name);

}  // namespace holdfast
