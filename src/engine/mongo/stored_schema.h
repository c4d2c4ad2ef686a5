#pragma once
// What there is in the database: collections, their indexes, and what `_hf_meta` knows of them.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/mongo/connection.h"
#include "engine/mongo/indexes.h"

namespace holdfast::mongo {

struct StoredCollection {
  std::string type;  // collection, view, timeseries
  bool is_capped = false;
  bool has_collation = false;  // compares texts by the rules of a language
  std::string validator;       // as JSON; empty: none
  bool is_our_validator = false;
};

struct StoredIndex {
  std::string name;
  std::vector<IndexKey> keys;
  bool unique = false, sparse = false;
  std::string definition;  // BSON, as the server tells it
  bool is_plain = true;    // neither text, hashed, of places …, nor partial, nor with a collation
};

// Of a collection.
struct StoredMeanings {
  std::map<std::string, std::string> by_path;  // stored_meanings_of(field) behind the stored name
  bool tells_object_ids = true;                // false: noted by a Holdfast that called them strings
  std::uint64_t search_version = 0;            // of its search data; 0: has none
  bool owes_keys = false;                      // documents that were there before a hidden key may lack it
  std::set<std::string> declared;              // names of the outermost members of the last model that served it; empty: none did
  std::set<std::string> never_null;            // of the declared, those that it admits no null in
  friend bool operator==(const StoredMeanings&, const StoredMeanings&) = default;
};

// meanings_of(field), with how it is stored where there are two ways: "string as ObjectId", "decimal of scale 2 as double".
std::vector<std::pair<std::string, std::string>> stored_meanings_of(const Field& field);
// What was noted is what the model means now.
bool is_same_meaning(const StoredMeanings& known, const std::string& noted, std::string_view wanted);

// Each throws StartupError (69) when the server fails.
std::map<std::string, StoredCollection> read_collections(Connection& connection);
std::vector<StoredIndex> read_indexes(Connection& connection, const std::string& collection);
std::map<std::string, StoredMeanings> read_meanings(Connection& connection);
void keep_meanings(Connection& connection, const std::string& collection, const StoredMeanings& meanings);

// StartupError (69): "cannot <doing>: <what the server says>".
[[noreturn]] void refuse_to_start(const Failure& failure, const std::string& doing);

}  // namespace holdfast::mongo
