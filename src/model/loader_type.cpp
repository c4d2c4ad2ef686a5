#include "model/loader_type.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/nearest.h"

namespace holdfast {

namespace {

constexpr std::string_view kTypes[] = {"string", "integer", "number", "boolean", "array", "object"};

// Types of other languages, and what they are called here.
constexpr std::pair<std::string_view, std::string_view> kForeignTypes[] = {
    {"text", "type: string"},
    {"String", "type: string"},
    {"varchar", "type: string"},
    {"int", "type: integer"},
    {"bigint", "type: integer"},
    {"long", "type: integer"},
    {"Number", "type: number"},
    {"float", "type: number"},
    {"double", "type: number"},
    {"bool", "type: boolean"},
    {"Boolean", "type: boolean"},
    {"decimal", "type: number, decimal: [10, 2]"},
    {"numeric", "type: number, decimal: [10, 2]"},
    {"date", "type: string, format: date"},
    {"Date", "type: string, format: date-time"},
    {"datetime", "type: string, format: date-time"},
    {"date-time", "type: string, format: date-time"},
    {"timestamp", "type: string, format: date-time"},
    {"uuid", "type: string, format: uuid"},
    {"email", "type: string, format: email"},
    {"uri", "type: string, format: uri"},
    {"enum", "enum: [draft, paid]"},
    {"list", "type: array, items: { type: string }"},
    {"json", "type: object, additionalProperties: true"},
    {"jsonb", "type: object, additionalProperties: true"},
    {"map", "type: object, additionalProperties: true"},
    {"ObjectId", "ref: users"},
    {"reference", "ref: users"},
};

std::optional<std::string_view> type_name(const YamlNode& node, Place place, FaultList& faults) {
  const auto known = std::find(std::begin(kTypes), std::end(kTypes), node.text);
  if (known != std::end(kTypes)) {
    if (*known != "array" || place != Place::kItems) return *known;
    faults.add(node,
               "the elements of an array are scalars or objects; arrays of arrays cannot be stored. Write, for example, `items: { type: "
               "string }`.");
    return std::nullopt;
  }
  std::string help = did_you_mean(node.text, kTypes);
  for (const auto& [foreign, ours] : kForeignTypes) {
    if (foreign == node.text) help = fmt::format(" Write `{}`.", ours);
  }
  if (help.empty()) help = fmt::format(" Types are {}.", fmt::join(kTypes, ", "));
  faults.add(node, fmt::format("{} is not a type.{}", describe(node), help));
  return std::nullopt;
}

std::optional<DeclaredType> type_of_list(Entry list, Place place, FaultList& faults) {
  DeclaredType type;
  for (const YamlNode* item : list.value->items) {
    if (item->kind == YamlNode::Kind::kNull) {
      faults.add(*item, "in a list of types null stands in quotes: `[string, \"null\"]`.");
      return std::nullopt;
    }
    if (item->kind == YamlNode::Kind::kText && item->text == "null" && !type.lists_null) {
      type.lists_null = true;
    } else if (item->kind == YamlNode::Kind::kText && type.name.empty()) {
      const auto name = type_name(*item, place, faults);
      if (!name) return std::nullopt;
      type.name = *name;
    } else {
      faults.add(*item, "a field has one type, besides `\"null\"`. Write, for example, `type: [string, \"null\"]`.");
      return std::nullopt;
    }
  }
  if (!type.name.empty()) return type;
  faults.wrong_shape(*list.value, *list.keyword);
  return std::nullopt;
}

}  // namespace

std::optional<DeclaredType> read_type(Entry type, Place place, FaultList& faults) {
  if (type.value->kind == YamlNode::Kind::kText) {
    const auto name = type_name(*type.value, place, faults);
    return name ? std::optional(DeclaredType{*name, false}) : std::nullopt;
  }
  if (type.value->kind != YamlNode::Kind::kList) {
    faults.wrong_shape(*type.value, *type.keyword);
    return std::nullopt;
  }
  const auto listed = type_of_list(type, place, faults);
  if (listed && place == Place::kItems) {
    const std::string_view reason =
        listed->lists_null ? "the elements of an array are never null" : "elements are of one type, without a list";
    faults.add(*type.value, fmt::format("{}. Write `type: {}`.", reason, listed->name));
    return std::nullopt;
  }
  if (listed && !listed->lists_null) {
    faults.add(*type.value, fmt::format("a list of types is one type and `\"null\"`. Write `type: {0}`, or `type: [{0}, \"null\"]` where "
                                        "null is admitted.",
                                        listed->name));
    return std::nullopt;
  }
  return listed;
}

}  // namespace holdfast
