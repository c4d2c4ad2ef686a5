#pragma once
// A story for two engines: one model and requests in order, in the words of a client, so that a person can read and repeat it and a
// shrinker can take parts away. Values only.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/timestamp.h"
#include "query/parameters.h"

namespace holdfast::testing {

struct PropertyText {
  std::string name;
  std::string rules;  // `{ type: string }`
};

struct ModelText {
  std::string id = "uuid";
  bool timestamps = false;
  std::vector<PropertyText> properties;
  std::vector<std::string> required;
  std::vector<std::vector<std::string>> unique, indexes;  // of `indexes`, a name may have a `-`

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

  Kind kind = Kind::kList;
  std::string id;                                            // as in the URL; of kCreate: what the server makes (uuid, objectId)
  std::vector<std::pair<std::string, std::string>> members;  // of the body: name and JSON
  std::string if_match, if_none_match;                       // a tag, `*`, or `current`: the tag that the item has then; empty: none
  Milliseconds now = 0;
  std::vector<Parameter> parameters;  // besides the two that follow
  std::optional<FilterText> filter;
  std::vector<std::string> sort_by;

  bool is_write() const noexcept { return kind <= Kind::kRemove; }
  // `parameters`, `filter` and `sort_by` together.
  std::vector<Parameter> all_parameters() const;
  std::string body() const;
  // `PATCH /api/things/7  If-Match: current  {"a":1}`
  std::string text() const;
};

struct Scenario {
  ModelText model;
  std::vector<Step> steps;

  std::string text() const;
};

}  // namespace holdfast::testing
