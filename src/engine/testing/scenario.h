#pragma once
// A story for two engines: models and requests in order, in the words of a client, so that a person can read and repeat it and a shrinker
// can take parts away. Values only.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/timestamp.h"
#include "query/parameters.h"

namespace holdfast::testing {

struct PropertyText {
  std::string name;
  std::string rules;  // `type: string, maxLength: 40`
  bool required = false;
  std::vector<PropertyText> members;  // of an object that declares some

  // `{ type: object, required: [city], properties: { city: { type: string } } }`
  std::string text() const;
};

struct ModelText {
  std::string name;  // of the collection
  std::string id = "uuid";
  bool timestamps = false;
  std::vector<PropertyText> properties;
  std::vector<std::vector<std::string>> unique, indexes;  // of `indexes`, a name may have a `-` and dots
  std::vector<std::string> search;                        // fields; empty: cannot be searched
  std::string language;

  std::string yaml() const;
};

// The text of a `filter` parameter, as a tree.
struct FilterText {
  enum class Kind : std::uint8_t { kComparison, kNot, kAnd, kOr };

  Kind kind = Kind::kComparison;
  std::string comparison;
  std::vector<FilterText> children;

  std::string text() const;
};

struct Step {
  // kWalk is a list continued by its cursors to the end.
  enum class Kind : std::uint8_t { kCreate, kReplace, kPatch, kRemove, kItem, kList, kWalk, kCount };

  std::string collection;
  Kind kind = Kind::kList;
  std::string id;                                            // as in the URL; of kCreate: what the server makes (uuid, objectId)
  std::vector<std::pair<std::string, std::string>> members;  // of the body: name and JSON
  std::string if_match, if_none_match;                       // a tag, `*`, or `current`: the tag that the item has then; empty: none
  std::string idempotency_key;                               // of kCreate; empty: none
  Milliseconds now = 0;
  std::vector<Parameter> parameters;  // besides the three that follow
  std::optional<FilterText> filter;
  std::vector<std::string> sort_by;
  std::vector<std::string> terms;  // of `q`; none: a list that searches nothing

  bool is_write() const noexcept { return kind <= Kind::kRemove; }
  // `parameters`, `filter`, `sort_by` and `terms` together.
  std::vector<Parameter> all_parameters() const;
  std::string body() const;
  // `POST /api/things?onConflict=a`
  std::string request_line() const;
  // With headers and body: `PATCH /api/things/7  If-Match: current  {"a":1}`
  std::string text() const;
};

struct Scenario {
  std::vector<ModelText> models;
  std::vector<Step> steps;

  std::string text() const;
};

}  // namespace holdfast::testing
