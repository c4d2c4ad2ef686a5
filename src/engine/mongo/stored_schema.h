#pragma once
// What there is in the database: collections, their indexes, and what `_hf_meta` knows of them.

#include <map>
#include <optional>
#include <string>

#include "engine/mongo/connection.h"
#include "engine/mongo/indexes.h"

namespace holdfast::mongo {

struct StoredCollection {
  std::string type;  // collection, view, timeseries
  bool capped = false;
  std::optional<std::string> locale;     // of a collation; nothing: by code point
  std::optional<std::string> validator;  // as JSON
  bool has_own_validator = false;        // made by Holdfast
};

struct StoredIndex {
  std::string name;
  std::vector<IndexKey> keys;
  bool unique = false, sparse = false, partial = false;
  bool is_plain = true;  // neither of text, 2dsphere, hashed … nor with a collation
};

struct StoredMeanings {
  std::map<std::string, std::string> by_path;  // "price", "address.city", "items[].price"
  std::int64_t search_version = 0;
};

// Each throws StartupError when the server fails.
std::map<std::string, StoredCollection> read_collections(Connection& connection);
std::vector<StoredIndex> read_indexes(Connection& connection, const std::string& collection);
std::map<std::string, StoredMeanings> read_meanings(Connection& connection);
void keep_meanings(Connection& connection, const std::string& collection, const StoredMeanings& meanings);

[[noreturn]] void refuse_to_start(const Failure& failure, const std::string& doing);

}  // namespace holdfast::mongo
