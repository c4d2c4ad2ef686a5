#pragma once
// The indexes and the validator that a model's collection gets. Pure.

#include <optional>
#include <string>
#include <vector>

#include "engine/mongo/handles.h"
#include "model/model.h"

namespace holdfast::mongo {

struct IndexKey {
  std::string path;
  bool descending = false;
  friend bool operator==(const IndexKey&, const IndexKey&) = default;
};

struct IndexDefinition {
  std::string name;  // as MongoDB and Mongoose name it by default: "email_1", "createdAt_-1__id_-1"
  std::vector<IndexKey> keys;
  bool unique = false;
  bool sparse = false;             // what lacks the field is not in it, so that missing values never conflict
  std::optional<std::size_t> key;  // of the unique keys: its place in keys_of(model)
};

// Without the id's own. `is_referred_to`: removals mark its records.
std::vector<IndexDefinition> indexes_of(const Model& model, bool is_referred_to);

// What every document must be, also those that others write: declared members of their type, or of any type of number; what the model does
// not require may be missing or null, and other members are nobody's business.
Document validator_of(const Model& model);
inline constexpr const char* kValidatorTitle = "holdfast";  // tells ours from those of others

// Members of `createIndexes`: key, name, unique, sparse.
void append_index(bson_t& document, const IndexDefinition& index);

}  // namespace holdfast::mongo
