#include "engine/testing/random_model.h"

#include <fmt/format.h>

#include <algorithm>

namespace holdfast::testing {
namespace {

using Texts = std::vector<std::string>;

struct ScalarText {
  std::string type;           // string, number, …; empty: an enum
  std::string rules;          // the rest, each with a comma before it
  std::string default_value;  // one that the rules admit
  bool keyable = true;        // short enough for unique keys and indexes
  bool prose = false;         // can be searched
};

// Names that SQL, JSON and the API have a meaning for, and some that they have none for.
const Texts kNames{"a", "b", "group", "order", "limit", "camelCase", "value", "index", "x1", "rowid", "q", "rank", "words"};
const Texts kMemberNames{"a", "city", "order", "zipCode", "key", "id", "length"};
const Texts kCollections{"line-items", "orders", "things"};
const Texts kLanguages{"french", "french", "english", "german", "turkish", "simple"};

ScalarText random_scalar_type(Random& random) {
  switch (random.below(18)) {
    case 0:
      return {"string", "", "free", false, true};
    case 1:
      return {"string", ", trim: true, lowercase: true, maxLength: 40", "low", true, true};
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
      std::size_t precision = random.pick(std::vector<std::size_t>{1, 4, 10, 15, 16, 18});
      // mongo-java-server compares decimals as doubles, which tell fifteen digits apart.
      if (random.characters() == Characters::kInOneOrder) precision = std::min<std::size_t>(precision, 15);
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
      return {"string", ", maxLength: 40", "text", true, true};
  }
}

std::string type_text(const std::string& type, const std::string& rules, bool lists_null) {
  if (type.empty()) return rules;
  return "type: " + (lists_null ? "[" + type + ", \"null\"]" : type) + rules;
}

// Some of the names, in any order, each once.
Texts some_of(Random& random, Texts names, std::size_t most) {
  for (std::size_t i = names.size(); i > 1; --i) std::swap(names[i - 1], names[random.below(i)]);
  names.resize(std::min(names.size(), random.between(1, most)));
  return names;
}

// `deep`: inside two objects already, where items declare no members.
std::string items_text(Random& random, bool deep) {
  const std::size_t choice = random.below(10);
  if (choice == 0) return "{ type: object, additionalProperties: true }";
  if (choice > 3 || deep) {
    const ScalarText scalar = random_scalar_type(random);
    return "{ " + type_text(scalar.type, scalar.rules, false) + " }";
  }
  std::string members;
  for (const std::string& name : some_of(random, kMemberNames, 3)) {
    const ScalarText scalar = random_scalar_type(random);
    members += fmt::format("{}{}: {{ {} }}", members.empty() ? "" : ", ", name, type_text(scalar.type, scalar.rules, random.chance(20)));
  }
  return "{ type: object, properties: { " + members + " } }";
}

// The properties of one model, and what its keys, indexes and search may name.
class ModelMaker {
 public:
  ModelMaker(Random& random, const Texts& collections) : random_(random), collections_(collections) {}

  ModelText make(const std::string& name) {
    model_.name = name;
    model_.id = random_.pick(Texts{"uuid", "objectId", "integer", "text"});
    model_.timestamps = random_.chance(50);
    for (const std::string& field : some_of(random_, kNames, 8)) model_.properties.push_back(property(field));
    add_keys();
    add_indexes();
    if (!prose_.empty() && random_.chance(80)) {
      model_.search = some_of(random_, prose_, 3);
      model_.language = random_.pick(kLanguages);
    }
    return std::move(model_);
  }

 private:
  PropertyText property(const std::string& name) {
    PropertyText property;
    property.name = name;
    const std::size_t null_mode = random_.below(10);  // 0–4 admits null silently
    const bool lists_null = null_mode == 5 || null_mode == 6;
    property.required = null_mode == 6 || null_mode == 7;
    const std::size_t choice = random_.below(100);
    if (choice < 24) {
      refer(property);
    } else if (choice < 38) {
      property.rules = type_text("object", "", lists_null);
      property.members = members(name, 1);
    } else if (choice < 45) {
      property.rules = type_text("object", ", additionalProperties: true", lists_null);
    } else if (choice < 58) {
      const std::string items = items_text(random_, false);
      property.rules = type_text("array", ", items: " + items, lists_null);
      if (items.find("type: object") == std::string::npos && items.find("maxLength") != std::string::npos && random_.chance(50)) {
        model_.indexes.push_back({name});
      }
    } else {
      scalar(property, lists_null, null_mode == 8);
    }
    return property;
  }

  void refer(PropertyText& property) {
    const std::string on_delete = random_.pick(Texts{"restrict", "cascade", "cascade", "setNull", "setNull"});
    property.rules = fmt::format("ref: {}, onDelete: {}", random_.pick(collections_), on_delete);
    property.required = property.required && on_delete != "setNull" && random_.chance(30);
    if (random_.chance(8)) property.rules += ", unique: true";
    keyable_.push_back(property.name);
    indexable_.push_back(property.name);
  }

  void scalar(PropertyText& property, bool lists_null, bool has_default) {
    const ScalarText scalar = random_scalar_type(random_);
    property.rules = type_text(scalar.type, scalar.rules, lists_null);
    if (has_default) property.rules += ", default: " + scalar.default_value;
    const bool write_only = random_.chance(6);
    if (write_only) property.rules += ", writeOnly: true";
    if (!write_only && !property.required && random_.chance(6)) property.rules += ", readOnly: true";
    if (scalar.prose && !write_only) prose_.push_back(property.name);
    if (!scalar.keyable) return;
    keyable_.push_back(property.name);
    if (!write_only) indexable_.push_back(property.name);
    if (scalar.type != "boolean" && !scalar.type.empty() && random_.chance(14)) property.rules += ", unique: true";
  }

  std::vector<PropertyText> members(const std::string& path, int depth) {
    std::vector<PropertyText> out;
    for (const std::string& name : some_of(random_, kMemberNames, 3)) {
      PropertyText member;
      member.name = name;
      member.required = random_.chance(20);
      const bool lists_null = random_.chance(20);
      const std::size_t choice = random_.below(20);
      if (choice < 4 && depth < 2) {
        member.rules = type_text("object", "", lists_null);
        member.members = members(path + "." + name, depth + 1);
      } else if (choice == 4) {
        member.rules = type_text("array", ", items: " + items_text(random_, depth == 2), lists_null);
      } else if (choice == 5) {
        member.rules = type_text("object", ", additionalProperties: true", lists_null);
      } else {
        const ScalarText scalar = random_scalar_type(random_);
        member.rules = type_text(scalar.type, scalar.rules, lists_null);
        if (!member.required && random_.chance(15)) member.rules += ", default: " + scalar.default_value;
        if (scalar.keyable) indexable_.push_back(path + "." + name);
      }
      out.push_back(std::move(member));
    }
    return out;
  }

  void add_keys() {
    if (keyable_.size() < 2 || !random_.chance(40)) return;
    Texts key = some_of(random_, keyable_, 3);
    if (key.size() > 1) model_.unique.push_back(std::move(key));
  }

  void add_indexes() {
    for (std::size_t count = random_.below(4); count > 0 && !indexable_.empty(); --count) {
      Texts keys = some_of(random_, indexable_, 3);
      for (std::string& key : keys) {
        if (random_.chance(40)) key.insert(key.begin(), '-');
      }
      if (std::find(model_.indexes.begin(), model_.indexes.end(), keys) == model_.indexes.end()) model_.indexes.push_back(std::move(keys));
    }
  }

  Random& random_;
  const Texts& collections_;
  ModelText model_;
  Texts keyable_;    // top-level
  Texts indexable_;  // paths too
  Texts prose_;
};

}  // namespace

std::vector<ModelText> random_models(Random& random) {
  Texts collections = some_of(random, kCollections, 3);
  std::sort(collections.begin(), collections.end());
  std::vector<ModelText> models;
  for (const std::string& collection : collections) models.push_back(ModelMaker(random, collections).make(collection));
  return models;
}

}  // namespace holdfast::testing
