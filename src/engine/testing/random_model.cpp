#include "engine/testing/random_model.h"

#include <fmt/format.h>

#include <algorithm>

namespace holdfast::testing {
namespace {

struct ScalarText {
  std::string type;           // string, number, …; empty: an enum
  std::string rules;          // the rest, each with a comma before it
  std::string default_value;  // one that the rules admit
  bool keyable = true;        // short enough for unique keys and indexes
};

// Names that SQL, JSON and the API have a meaning for, and some that they have none for.
const std::vector<std::string> kNames{"a", "b", "group", "order", "limit", "camelCase", "value", "index", "x1", "rowid"};

ScalarText random_scalar_type(Random& random) {
  switch (random.below(14)) {
    case 0:
      return {"string", "", "free", false};
    case 1:
      return {"string", ", trim: true, lowercase: true, maxLength: 40", "low"};
    case 2:
      return {"", "enum: [draft, Draft, paid, 'no']", "paid"};
    case 3:
      return {"string", ", format: uuid", "0190a000-0000-7000-8000-00000000000b"};
    case 4:
      return {"string", ", format: email", "a@b.example", false};
    case 5:
      return {"integer", "", "7"};
    case 6:
      return {"number", "", "0.1"};
    case 7: {
      const std::size_t precision = random.pick(std::vector<std::size_t>{1, 4, 10, 15, 16, 18});
      return {"number", fmt::format(", decimal: [{}, {}]", precision, random.below(precision + 1)), "0"};
    }
    case 8:
      return {"number", ", decimal: [10, 2]", "1"};
    case 9:
      return {"boolean", "", "true"};
    case 10:
      return {"string", ", format: date-time", "'1970-01-01T00:00:00.000Z'"};
    case 11:
      return {"string", ", format: date", "'2024-02-29'"};
    default:
      return {"string", ", maxLength: 40", "text"};
  }
}

std::string type_text(const std::string& type, const std::string& rules, bool lists_null) {
  if (type.empty()) return rules;
  return "type: " + (lists_null ? "[" + type + ", \"null\"]" : type) + rules;
}

// `keyable` says whether keys may name it.
PropertyText random_property(Random& random, const std::string& name, ModelText& model, bool& keyable) {
  const ScalarText scalar = random_scalar_type(random);
  const std::size_t null_mode = random.below(10);  // 0–4 admits null silently
  const bool lists_null = null_mode == 5 || null_mode == 6;
  const bool required = null_mode == 6 || null_mode == 7;
  if (required) model.required.push_back(name);
  if (random.chance(20)) {
    keyable = false;
    if (random.chance(50) && scalar.keyable) model.indexes.push_back({name});
    return {name, "{ " + type_text("array", ", items: { " + type_text(scalar.type, scalar.rules, false) + " }", lists_null) + " }"};
  }
  keyable = scalar.keyable;
  std::string rules = type_text(scalar.type, scalar.rules, lists_null);
  if (null_mode == 8) rules += ", default: " + scalar.default_value;
  if (keyable && scalar.type != "boolean" && !scalar.type.empty() && random.chance(12)) rules += ", unique: true";
  return {name, "{ " + rules + " }"};
}

// Some of the names, in any order, each once.
std::vector<std::string> some_of(Random& random, std::vector<std::string> names, std::size_t most) {
  for (std::size_t i = names.size(); i > 1; --i) std::swap(names[i - 1], names[random.below(i)]);
  names.resize(std::min(names.size(), random.between(1, most)));
  return names;
}

}  // namespace

ModelText random_model(Random& random) {
  ModelText model;
  model.id = random.pick(std::vector<std::string>{"uuid", "objectId", "integer", "text"});
  model.timestamps = random.chance(50);
  std::vector<std::string> keyable_names;
  for (const std::string& name : some_of(random, kNames, 7)) {
    bool keyable = false;
    model.properties.push_back(random_property(random, name, model, keyable));
    if (keyable) keyable_names.push_back(name);
  }
  if (keyable_names.size() >= 2 && random.chance(40)) {
    std::vector<std::string> key = some_of(random, keyable_names, 3);
    if (key.size() > 1) model.unique.push_back(std::move(key));
  }
  for (std::size_t count = random.below(3); count > 0 && !keyable_names.empty(); --count) {
    std::vector<std::string> keys = some_of(random, keyable_names, 3);
    for (std::string& key : keys) {
      if (random.chance(40)) key.insert(key.begin(), '-');
    }
    if (std::find(model.indexes.begin(), model.indexes.end(), keys) == model.indexes.end()) model.indexes.push_back(std::move(keys));
  }
  return model;
}

}  // namespace holdfast::testing
