// schema/model.schema.json, made of the table of keywords: what an editor can check while a model is written. Names that refer to other
// names (fields of an index, of `required`, the collection of a reference) only the loader checks, and how deep objects lie.

#include <fmt/format.h>

#include <stdexcept>
#include <utility>
#include <vector>

#include "model/json.h"
#include "model/keywords.h"

namespace holdfast {

namespace {

constexpr std::string_view kFieldNamePattern = R"("pattern":"^[a-z][A-Za-z0-9_]{0,59}$")";

std::string quoted(std::string_view text) {
  std::string json;
  append_json_string(json, text);
  return json;
}

template <typename Texts>
std::string list_of(const Texts& texts) {
  std::string json;
  for (const auto& text : texts) json += (json.empty() ? "" : ",") + quoted(text);
  return "[" + json + "]";
}

std::string list_of_names(std::string_view of_what, std::string_view and_so_on) {
  return fmt::format(R"("type":"array","items":{{"type":"string",{}}}{})", of_what, and_so_on);
}

std::string list_of_lists(std::string_view of_what, int least) {
  return fmt::format(R"("type":"array","items":{{"type":"array","minItems":{},"uniqueItems":true,"items":{{"type":"string",{}}}}})", least,
                     of_what);
}

// The members of the JSON Schema of a value of the shape, where they are made of nothing else.
constexpr std::pair<Shape, std::string_view> kMembers[] = {
    {Shape::kText, R"("type":"string")"},
    {Shape::kPattern, R"("type":"string")"},
    {Shape::kBoolean, R"("type":"boolean")"},
    {Shape::kTrue, R"("const":true)"},
    {Shape::kCount, R"("type":"integer","minimum":0)"},
    {Shape::kSeconds, R"("type":"integer","minimum":1)"},
    {Shape::kNumber, R"("type":"number")"},
    {Shape::kPositiveNumber, R"("type":"number","exclusiveMinimum":0)"},
    {Shape::kAny, ""},
    {Shape::kObjectType, R"("const":"object")"},
    {Shape::kFieldType, R"("anyOf":[{"enum":["string","integer","number","boolean","array","object"]},)"
                        R"({"type":"array","minItems":2,"maxItems":2,"uniqueItems":true,"contains":{"const":"null"},)"
                        R"("items":{"enum":["string","integer","number","boolean","array","object","null"]}}])"},
    {Shape::kIdKind, R"("enum":["uuid","objectId","integer","text"])"},
    {Shape::kDecimal, R"("type":"array","minItems":2,"maxItems":2,"prefixItems":[{"type":"integer","minimum":1,"maximum":18},)"
                      R"({"type":"integer","minimum":0,"maximum":18}])"},
    {Shape::kFormat, R"("enum":["uuid","email","uri","date","date-time"])"},
    {Shape::kOnDelete, R"("enum":["restrict","cascade","setNull"])"},
    {Shape::kStorage, R"("const":"double")"},
    {Shape::kEnumeration, R"("type":"array","minItems":1,"uniqueItems":true,"items":{"type":"string"})"},
    {Shape::kCollectionName, R"("type":"string","pattern":"^[a-z][a-z0-9-]{0,59}$")"},
    {Shape::kStorageName, R"("type":"string","minLength":1,"maxLength":63)"},
    {Shape::kItems, R"("$ref":"#/$defs/items")"},
    {Shape::kSearch, R"("$ref":"#/$defs/search")"},
    {Shape::kFinders, R"("type":"object","propertyNames":{"pattern":"^[A-Za-z][A-Za-z0-9_-]{0,59}$","not":{"enum":["search","count"]}},)"
                      R"("additionalProperties":{"$ref":"#/$defs/finder"})"},
    {Shape::kCache, R"("$ref":"#/$defs/cache")"},
};

std::string members_of(Shape shape) {
  for (const auto& [known, members] : kMembers) {
    if (known == shape) return std::string(members);
  }
  switch (shape) {
    case Shape::kLanguage:
      return "\"enum\":" + list_of(search_languages());
    case Shape::kFieldName:
      return R"("type":"string",)" + std::string(kFieldNamePattern);
    case Shape::kFieldNames:
      return list_of_names(kFieldNamePattern, R"(,"uniqueItems":true)");
    case Shape::kSearchedFields:
      return list_of_names(kFieldNamePattern, R"(,"uniqueItems":true,"minItems":1)");
    case Shape::kProperties:
      return fmt::format(
          R"("type":"object","propertyNames":{{{},"not":{{"const":"id"}}}},"additionalProperties":{{"$ref":"#/$defs/field"}})",
          kFieldNamePattern);
    case Shape::kMembers:
      return fmt::format(R"("type":"object","minProperties":1,"propertyNames":{{{}}},"additionalProperties":{{"$ref":"#/$defs/member"}})",
                         kFieldNamePattern);
    case Shape::kIndexes:
      return list_of_lists(R"("pattern":"^-?[a-z][A-Za-z0-9_]{0,59}([.][a-z][A-Za-z0-9_]{0,59}){0,2}$")", 1);
    case Shape::kUniqueKeys:
      return list_of_lists(kFieldNamePattern, 2);
    case Shape::kMessages:
      return fmt::format(R"("type":"object","propertyNames":{{"enum":{}}},"additionalProperties":{{"type":"string"}})",
                         list_of(message_codes()));
    default:
      throw std::logic_error("a shape without a schema");
  }
}

std::string property(const Keyword& keyword, Place place) {
  const bool of_items = place == Place::kItems && keyword.shape == Shape::kFieldType;
  const std::string members = of_items ? R"("enum":["string","integer","number","boolean","object"])" : members_of(keyword.shape);
  return fmt::format("{}: {{\"description\":{}{}{}}}", quoted(keyword.name), quoted(keyword.meaning), members.empty() ? "" : ",", members);
}

std::string properties(Level level, Place place, std::string_view indentation) {
  std::string json;
  for (const auto& keyword : keywords()) {
    if (keyword.level != level || !keyword.stands_at(place)) continue;
    json += fmt::format("{}\n{}{}", json.empty() ? "" : ",", indentation, property(keyword, place));
  }
  return json;
}

std::string type_is(std::string_view type) {
  return fmt::format(
      R"({{"required":["type"],"properties":{{"type":{{"anyOf":[{{"const":"{0}"}},{{"type":"array","contains":{{"const":"{0}"}}}}]}}}}}})",
      type);
}

std::string format_is(std::string_view formats) {
  return fmt::format(R"({{"required":["format"],"properties":{{"format":{{"enum":[{}]}}}}}})", formats);
}

// A schema that a field's map satisfies iff the field is of this kind.
std::string kind_is(Kind kind) {
  const auto both = [](const std::string& a, const std::string& b) { return "{\"allOf\":[" + a + "," + b + "]}"; };
  const auto none = [](const std::string& a) { return "{\"not\":" + a + "}"; };
  const std::string decimal = R"({"required":["decimal"]})";
  const std::string properties = R"({"required":["properties"]})";
  switch (kind) {
    case Kind::kString:
      return both(R"({"anyOf":[{"required":["enum"],"not":{"required":["type"]}},)" + type_is("string") + "]}",
                  none(format_is(R"("date","date-time")")));
    case Kind::kInteger:
      return type_is("integer");
    case Kind::kNumber:
      return both(type_is("number"), none(decimal));
    case Kind::kDecimal:
      return both(type_is("number"), decimal);
    case Kind::kBoolean:
      return type_is("boolean");
    case Kind::kDateTime:
      return both(type_is("string"), format_is(R"("date-time")"));
    case Kind::kDate:
      return both(type_is("string"), format_is(R"("date")"));
    case Kind::kArray:
      return type_is("array");
    case Kind::kObject:
      return both(type_is("object"), properties);
    case Kind::kJson:
      return both(type_is("object"), none(properties));
  }
  return "";
}

// What else holds of a kind: keywords that must be there, or must say something.
std::string_view further_rules(Kind kind) {
  if (kind == Kind::kArray) return R"(,"required":["items"])";
  if (kind == Kind::kObject) return R"(,"properties":{"additionalProperties":{"const":false}})";
  if (kind == Kind::kJson) return R"(,"required":["additionalProperties"],"properties":{"additionalProperties":{"const":true}})";
  return "";
}

// Which keywords go with which kind of field.
std::string kind_rules(Place place) {
  std::string json;
  for (int number = 0; number < kKindCount; ++number) {
    const auto kind = static_cast<Kind>(number);
    if (place == Place::kItems && kind == Kind::kArray) continue;
    std::vector<std::string_view> names;
    for (const auto& keyword : keywords()) {
      const bool fits = keyword.level == Level::kField && (keyword.kinds & set_of(kind)) != 0;
      if (fits && keyword.stands_at(place)) names.push_back(keyword.name);
    }
    json += fmt::format("{}\n          {{\"if\":{},\"then\":{{\"propertyNames\":{{\"enum\":{}}}{}}}}}", json.empty() ? "" : ",",
                        kind_is(kind), list_of(names), further_rules(kind));
  }
  return json;
}

// A reference takes its kind from the collection that it names, so it has rules of its own.
std::string reference_rules() {
  std::vector<std::string_view> names;
  for (const auto& keyword : keywords()) {
    if (keyword.level == Level::kField && keyword.on_references) names.push_back(keyword.name);
  }
  return fmt::format(R"({{"propertyNames":{{"enum":{}}},"properties":{{"type":{}}}}})", list_of(names),
                     R"({"not":{"anyOf":[{"enum":["number","boolean","array","object"]},)"
                     R"({"type":"array","contains":{"enum":["number","boolean","array","object"]}}]}})");
}

std::string field_definition(std::string_view name, Place place) {
  const std::string by_kind = fmt::format(R"({{"anyOf":[{{"required":["type"]}},{{"required":["enum"]}}]}},
        {{"allOf":[{}
        ]}},
        {{"not":{{"required":["enum","format"]}}}})",
                                          kind_rules(place));
  const std::string of_property = fmt::format(
      R"({{"if":{{"required":["ref"]}},"then":{},"else":{{"allOf":[{}]}}}},
        {{"not":{{"required":["readOnly","writeOnly"],"properties":{{"readOnly":{{"const":true}},"writeOnly":{{"const":true}}}}}}}})",
      reference_rules(), by_kind);
  return fmt::format(R"(    "{}": {{
      "type": "object",
      "additionalProperties": false,
      "allOf": [
        {}
      ],
      "properties": {{{}
      }}
    }})",
                     name, place == Place::kProperty ? of_property : by_kind, properties(Level::kField, place, "        "));
}

std::string map_definition(std::string_view name, Level level, std::string_view required) {
  return fmt::format(R"(    "{}": {{
      "type": "object",
      "additionalProperties": false,{}
      "properties": {{{}
      }}
    }})",
                     name, required, properties(level, Place::kProperty, "        "));
}

}  // namespace

std::string meta_schema() {
  return fmt::format(R"({{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "Model file of Holdfast",
  "description": "Made of the loader's own table of keywords. See docs/models.md.",
  "type": "object",
  "required": ["type", "properties"],
  "additionalProperties": false,
  "properties": {{{}
  }},
  "$defs": {{
{},
{},
{},
{},
{},
{}
  }}
}}
)",
                     properties(Level::kCollection, Place::kProperty, "    "), field_definition("field", Place::kProperty),
                     field_definition("member", Place::kMember), field_definition("items", Place::kItems),
                     map_definition("search", Level::kSearch, "\n      \"required\": [\"fields\"],"),
                     map_definition("finder", Level::kFinder, ""), map_definition("cache", Level::kCache, ""));
}

}  // namespace holdfast
