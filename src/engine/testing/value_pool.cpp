#include "engine/testing/value_pool.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/testing/random_prose.h"
#include "engine/testing/random_value.h"
#include "query/condition_builder.h"

namespace holdfast::testing {
namespace {

using Texts = std::vector<std::string>;

constexpr std::size_t kIds = 30;
constexpr std::size_t kProseLength = 200;  // code points, where the field has no limit

Texts ids_of(const Model& model) {
  Texts ids;
  for (std::size_t i = 0; i < kIds; ++i) {
    switch (model.id_kind) {
      case IdKind::kUuid:
        ids.push_back(fmt::format("0190a000-0000-7000-8000-0000000000{:02x}", i * 7));
        break;
      case IdKind::kObjectId:
        ids.push_back(fmt::format("65000000000000000000{:04x}", i * 1031));
        break;
      case IdKind::kInteger:
        ids.push_back(std::to_string(i + 1));
        break;
      case IdKind::kText:
        ids.push_back(fmt::format("{}{}", i % 3 == 0 ? "~" : i % 3 == 1 ? "a." : "Z_", i));
    }
  }
  return ids;
}

bool is_key(const Model& model, std::size_t ordinal) {
  return std::any_of(model.unique_keys.begin(), model.unique_keys.end(),
                     [&](const UniqueKey& key) { return std::find(key.fields.begin(), key.fields.end(), ordinal) != key.fields.end(); });
}

bool is_searched(const Model& model, std::size_t ordinal) {
  return model.search && std::find(model.search->fields.begin(), model.search->fields.end(), ordinal) != model.search->fields.end();
}

// The ordinal of a member of the object with this ordinal.
std::size_t member_ordinal(const Model& model, std::size_t object, std::size_t member) {
  std::vector<std::size_t> path = object < model.fields.size() ? std::vector{object} : model.nested[object - model.fields.size()].path;
  path.push_back(member);
  for (std::size_t i = 0; i < model.nested.size(); ++i) {
    if (model.nested[i].path == path) return model.fields.size() + i;
  }
  return 0;  // not reached: flatten() names every member
}

}  // namespace

ValuePool::ValuePool(Random& random, const Catalog& catalog) : random_(random) {
  for (const Model& model : catalog.models()) {
    for (std::size_t i = 0; i < model.fields.size() + model.nested.size(); ++i) pools_[&model].push_back(pool(catalog, model, i));
  }
}

Texts ValuePool::pool(const Catalog& catalog, const Model& model, std::size_t ordinal) const {
  const Field& field = model.field(ordinal);
  if (field.role == Role::kId) return ids_of(model);
  if (field.is_reference()) return ids_of(*catalog.find(field.ref));
  if (!operand_field(field).is_scalar()) return {};
  Texts pool;
  for (const std::size_t count = is_key(model, ordinal) ? 20 : 6; pool.size() < count;) {
    if (is_searched(model, ordinal)) {
      pool.push_back(random_prose(random_, static_cast<std::size_t>(field.longest().value_or(kProseLength))));
    } else if (field.role == Role::kProperty) {
      pool.push_back(random_scalar(random_, operand_field(field)));
    } else {
      pool.push_back(fmt::format("2023-11-14T22:13:{:02}{}Z", 20 + random_.below(9), random_.chance(30) ? ".5" : ""));
    }
  }
  return pool;
}

std::string ValuePool::json(const Model& model, std::size_t ordinal, bool patch) const {
  const Field& field = model.field(ordinal);
  if (random_.chance(field.admits_null ? (field.kind == Kind::kObject ? 12 : 25) : patch ? 4 : 1)) return "null";
  switch (field.kind) {
    case Kind::kObject:
      return object_json(model, ordinal, patch);
    case Kind::kJson:
      return random_free_form(random_, patch);
    case Kind::kArray:
      return array_json(*field.element, of(model, ordinal));
    default:
      return json_of(random_, field, random_.pick(of(model, ordinal)));
  }
}

std::string ValuePool::object_json(const Model& model, std::size_t ordinal, bool patch) const {
  const Field& object = model.field(ordinal);
  std::string json;
  for (std::size_t i = 0; i < object.properties.size(); ++i) {
    const Field& member = object.properties[i];
    if (random_.chance(patch ? 50 : 20) && !(member.required && random_.chance(patch ? 50 : 97))) continue;
    json += fmt::format("{}\"{}\":{}", json.empty() ? "" : ",", member.name, this->json(model, member_ordinal(model, ordinal, i), patch));
  }
  return "{" + json + "}";
}

std::string ValuePool::array_json(const Field& element, const Texts& pool) const {
  std::string json;
  for (std::size_t count = random_.below(5); count > 0; --count) {
    if (!json.empty()) json += ',';
    if (element.kind == Kind::kJson) {
      json += random_free_form(random_, false);
    } else if (element.kind == Kind::kObject) {
      json += random_object(random_, element);
    } else {
      json += json_of(random_, element, random_.pick(pool));
    }
  }
  return "[" + json + "]";
}

}  // namespace holdfast::testing
