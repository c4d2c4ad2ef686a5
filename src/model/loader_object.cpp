#include "model/loader_object.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/nearest.h"

namespace holdfast {

namespace {

constexpr int kDeepest = 2;  // objects inside each other: a.b.c

// Of one collection, over all its objects. Aliases make many members of few words; this keeps what they make within bounds.
constexpr int kMostMembers = 2000;

Entry at(const YamlNode& map, std::string_view name) {
  return entry(map, Level::kField, name);
}

}  // namespace

std::set<std::string_view> read_required(Entry required, const std::vector<std::string_view>& names,
                                         const std::vector<std::string_view>& kept, FaultList& faults) {
  std::set<std::string_view> listed;
  if (!required) return listed;
  for (const auto& [text, node] : read_texts(required, faults).value_or(std::vector<PlacedText>{})) {
    if (std::find(kept.begin(), kept.end(), text) != kept.end()) {
      faults.add(*node, fmt::format("`{}` is not among the properties, so it cannot be required. Take it away.", text));
    } else if (std::find(names.begin(), names.end(), text) == names.end()) {
      std::string help = did_you_mean(text, names);
      if (help.empty()) help = fmt::format(" Properties are {}.", fmt::join(names, ", "));
      faults.add(*node, fmt::format("`required` names `{}`, which is not a property.{}", text, help));
    } else if (!listed.insert(text).second) {
      faults.add(*node, fmt::format("`{}` stands here twice. Take one away.", text));
    }
  }
  return listed;
}

std::optional<Kind> read_object_kind(const YamlNode& map, FieldSite site, FaultList& faults) {
  const Entry properties = at(map, "properties");
  const Entry additional = at(map, "additionalProperties");
  bool free_form = false;
  if (additional) {
    const auto flag = read_boolean(additional, faults);
    if (!flag) return std::nullopt;
    free_form = *flag;
  }
  if (!properties && free_form) return Kind::kJson;
  if (!properties) {
    faults.add(additional ? *additional.value : map,
               "nothing says what the object holds. Write one of the two: `properties: { city: { type: string } }`, or "
               "`additionalProperties: true` for free-form JSON.");
    return std::nullopt;
  }
  if (free_form) {
    faults.add(*additional.value, "an object is either declared or free-form. Take `additionalProperties` away, or `properties`.");
    return std::nullopt;
  }
  if (site.objects < kDeepest) return Kind::kObject;
  faults.add(*properties.value,
             "objects lie two deep at most: `a.b.c` is the longest path. Move these properties one level up, or write "
             "`additionalProperties: true` instead, for free-form JSON.");
  return std::nullopt;
}

void read_members(const YamlNode& map, FieldSite site, FieldReading& reading, Field& field) {
  const Entry properties = at(map, "properties");
  if (properties.value->kind != YamlNode::Kind::kMap || properties.value->members.empty()) {
    return reading.faults.wrong_shape(*properties.value, *properties.keyword);
  }
  std::vector<std::string_view> names;
  for (const auto& member : properties.value->members) names.push_back(member.key->text);
  const auto required = read_required(at(map, "required"), names, {}, reading.faults);
  for (const auto& [key, value] : properties.value->members) {
    if (reading.members == kMostMembers) {
      reading.faults.add(*properties.value,
                         fmt::format("the objects of a collection have {} members at most, all together. Declare fewer, or write "
                                     "`additionalProperties: true` instead, for free-form JSON.",
                                     kMostMembers));
    }
    if (reading.members++ >= kMostMembers) return;
    const FieldSite inside{Place::kMember, required.contains(key->text), site.objects + 1};
    field.properties.push_back(read_field(*key, *value, inside, reading).field);
  }
}

}  // namespace holdfast
