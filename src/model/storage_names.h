#pragma once
// What a database calls the things it keeps for a model beside its table. Pure. The engines take their names from here, so that the loader
// can tell names that collide.

#include <string>
#include <string_view>
#include <vector>

#include "model/model.h"

namespace holdfast {

struct NamedKey {
  std::string_view column;  // of a nested field: its path
  bool descending = false;
};

// `ix_items__name`: prefix, table and columns, cut to what PostgreSQL keeps of a name with a hash for the rest.
std::string object_name(std::string_view prefix, const Model& model, const std::vector<NamedKey>& keys);

// SQLite's table of an indexed array's elements.
std::string side_table_name(const Model& model, std::size_t field);
// SQLite's table of the searched texts.
std::string search_table_name(const Model& model);

// What MongoDB calls a field that is not the id.
std::string document_path(const Model& model, std::size_t field);

}  // namespace holdfast
