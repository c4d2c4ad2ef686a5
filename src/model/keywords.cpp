#include "model/keywords.h"

#include <algorithm>
#include <array>
#include <utility>

namespace holdfast {

namespace {

constexpr KindSet kNone = 0;
constexpr KindSet kString = set_of(Kind::kString);
constexpr KindSet kInteger = set_of(Kind::kInteger);
constexpr KindSet kDecimal = set_of(Kind::kDecimal);
constexpr KindSet kNumbers = kInteger | kDecimal | set_of(Kind::kNumber);
constexpr KindSet kArray = set_of(Kind::kArray);
constexpr KindSet kObject = set_of(Kind::kObject);
constexpr KindSet kObjects = kObject | set_of(Kind::kJson);
constexpr KindSet kScalars = kAllKinds & ~kArray & ~kObjects;
constexpr KindSet kTexts = kString | set_of(Kind::kDate) | set_of(Kind::kDateTime);

constexpr std::string_view kKeysAreOutside = "keys are made of the collection's own fields. Move the field out, or leave it away.";
constexpr std::string_view kWholeField = "it holds for a whole field of the collection. Say it there, or leave it away.";
constexpr std::string_view kReferencesAreOutside =
    "a reference is a field of the collection itself. Move it there, or keep the id as `type: string`.";
constexpr std::string_view kStoredWhole = "objects are stored whole, under the names of the model. Take it away.";

constexpr Keyword inside(Level level, std::string_view name, Shape shape, std::string_view standard, std::string_view meaning,
                         std::string_view example) {
  return {level, name, shape, kNone, false, false, "", "", standard, meaning, example};
}
constexpr Keyword on_collection(std::string_view name, Shape shape, std::string_view standard, std::string_view meaning,
                                std::string_view example) {
  return inside(Level::kCollection, name, shape, standard, meaning, example);
}
constexpr Keyword on_field(std::string_view name, Shape shape, KindSet kinds, std::string_view on, std::string_view standard,
                           std::string_view meaning, std::string_view example) {
  return {Level::kField, name, shape, kinds, false, false, "", on, standard, meaning, example};
}
constexpr Keyword on_items_too(Keyword keyword) {
  keyword.on_items = true;
  return keyword;
}
constexpr Keyword on_references_too(Keyword keyword) {
  keyword.on_references = true;
  return keyword;
}
constexpr Keyword not_inside(std::string_view why, Keyword keyword) {
  keyword.not_inside = why;
  return keyword;
}

constexpr Keyword kKeywords[] = {
    on_collection("title", Shape::kText, "", "What one record is, for documents.", "title: Item"),
    on_collection("description", Shape::kText, "", "What the collection is for, for documents.", "description: What the shop sells"),
    on_collection("type", Shape::kObjectType, "", "Always `object`. Must be there.", "type: object"),
    on_collection("required", Shape::kFieldNames, "[]", "The fields that must be present in POST and PUT.", "required: [name, price]"),
    on_collection("properties", Shape::kProperties, "", "The fields; their order is the order of every answer. Must be there.",
                  "properties: { name: { type: string } }"),
    on_collection("id", Shape::kIdKind, "uuid",
                  "Kind of the id. `uuid` (version 7), `objectId` and `integer` are made by the server; `text` is given by the client: "
                  "`[A-Za-z0-9._~-]{1,100}`, but not `count`, `search`, `.`, `..`.",
                  "id: uuid"),
    on_collection("timestamps", Shape::kBoolean, "false",
                  "Adds `createdAt` and `updatedAt`, kept by the server, and the index (createdAt, id).", "timestamps: true"),
    on_collection("indexes", Shape::kIndexes, "[]",
                  "Each a list of fields, `-` before a descending one; `address.city` is a field inside an object. Every index ends in the "
                  "id by itself, in the direction of its last key. An array field indexes alone. Each reference has an index by itself.",
                  "indexes: [[category, -price]]"),
    on_collection("unique", Shape::kUniqueKeys, "[]", "Keys of several fields that no two records share. Null never conflicts.",
                  "unique: [[shelf, place]]"),
    on_collection("search", Shape::kSearch, "", "Turns on `GET /api/<collection>/search?q=…`: its fields and its language.",
                  "search: { fields: [name], language: french }"),
    on_collection("finders", Shape::kFinders, "{}",
                  "`GET /api/<collection>/<finder>/{value}`: lists the records whose field equals the value (an array field: has it). The "
                  "names `search` and `count` are refused.",
                  "finders: { category: { where: isActive = true } }"),
    on_collection("cache", Shape::kCache, "", "How long answers are kept. Checked; does nothing in this version.", "cache: { ttl: 60 }"),
    on_collection("requireIfMatch", Shape::kBoolean, "false",
                  "PUT, PATCH and DELETE must say which version they change: without `If-Match` they are refused (428). `If-None-Match: *` "
                  "on a PUT that creates is enough.",
                  "requireIfMatch: true"),
    on_collection("table", Shape::kStorageName, "the file's name, `-` as `_`", "Storage name of an existing table.", "table: tbl_items"),
    on_collection("schema", Shape::kStorageName, "that of the database's URL", "Schema of an existing table.", "schema: shop"),
    on_collection("was", Shape::kCollectionName, "", "The collection's old name. This version refuses to start until its table is renamed.",
                  "was: things"),

    on_references_too(on_field("title", Shape::kText, kAllKinds, "any", "", "What the field is, for documents.", "title: Price")),
    on_references_too(
        on_field("description", Shape::kText, kAllKinds, "any", "", "What the field says, for documents.", "description: With taxes")),
    on_references_too(on_items_too(on_field(
        "type", Shape::kFieldType, kAllKinds, "any", "",
        "The type; `[X, \"null\"]` admits null. `enum` implies `string`, `ref` the type of the ids that it holds.", "type: string"))),
    on_items_too(on_field("decimal", Shape::kDecimal, kDecimal, "number", "",
                          "Exact: p significant digits (at most 18), s of them after the point. Never rounded.", "decimal: [10, 2]")),
    on_items_too(on_field("enum", Shape::kEnumeration, kString, "string (implied)", "", "The values.", "enum: [draft, paid]")),
    on_items_too(on_field("format", Shape::kFormat, kTexts, "string", "",
                          "Asserted. `email` implies `maxLength: 254`; `date` and `date-time` are types of their own.", "format: email")),
    on_references_too(not_inside(
        kReferencesAreOutside,
        on_field("ref", Shape::kCollectionName, kNone, "makes a reference", "",
                 "The value is the id of a record of that collection, which must be there. The type is that of its ids.", "ref: users"))),
    on_references_too(
        not_inside(kReferencesAreOutside,
                   on_field("onDelete", Shape::kOnDelete, kNone, "reference", "restrict",
                            "What becomes of this record when the one that it refers to is deleted: `restrict` refuses the deletion, "
                            "`cascade` deletes this one too, `setNull` takes the reference away.",
                            "onDelete: restrict"))),
    on_field(
        "items", Shape::kItems, kArray, "array", "",
        "The elements: a scalar, or an object. Arrays of objects are filtered by null only, and neither sorted nor indexed. Must be there.",
        "items: { type: string }"),
    on_items_too(on_field("properties", Shape::kMembers, kObject, "object", "",
                          "The members, in the order of every answer. Objects lie two deep at most: `a.b.c` is the longest path.",
                          "properties: { city: { type: string } }")),
    on_items_too(on_field("required", Shape::kFieldNames, kObject, "object with `properties`", "[]",
                          "The members that must be present wherever the object is.", "required: [city]")),
    on_items_too(on_field("additionalProperties", Shape::kBoolean, kObjects, "object", "false",
                          "`true`, instead of `properties`: free-form JSON, any object.", "additionalProperties: true")),
    on_items_too(on_field("minLength", Shape::kCount, kString, "string", "", "Fewest code points.", "minLength: 1")),
    on_items_too(on_field("maxLength", Shape::kCount, kString, "string", "", "Most code points.", "maxLength: 100")),
    on_items_too(on_field("pattern", Shape::kPattern, kString, "string", "",
                          "RE2 syntax, unanchored; lookaround and back references do not exist there.", "pattern: \"^[A-Z]{2}$\"")),
    on_items_too(on_field("minimum", Shape::kNumber, kNumbers, "integer, number", "", "Least value.", "minimum: 0")),
    on_items_too(on_field("maximum", Shape::kNumber, kNumbers, "integer, number", "", "Greatest value.", "maximum: 100")),
    on_items_too(
        on_field("exclusiveMinimum", Shape::kNumber, kNumbers, "integer, number", "", "Every value is greater.", "exclusiveMinimum: 0")),
    on_items_too(
        on_field("exclusiveMaximum", Shape::kNumber, kNumbers, "integer, number", "", "Every value is less.", "exclusiveMaximum: 100")),
    on_items_too(on_field("multipleOf", Shape::kPositiveNumber, kInteger | kDecimal, "integer, decimal", "", "Every value is a multiple.",
                          "multipleOf: 5")),
    on_field("minItems", Shape::kCount, kArray, "array", "", "Fewest elements.", "minItems: 1"),
    on_field("maxItems", Shape::kCount, kArray, "array", "", "Most elements.", "maxItems: 10"),
    on_field("uniqueItems", Shape::kBoolean, kArray, "array", "false", "No element twice.", "uniqueItems: true"),
    on_field("default", Shape::kAny, kAllKinds, "any but references", "arrays: `[]`", "Used in POST, PUT and by PATCH null.",
             "default: draft"),
    on_items_too(on_field("trim", Shape::kBoolean, kString, "string", "false",
                          "White space at both ends (White_Space and U+FEFF) goes before validation, and from filter values.",
                          "trim: true")),
    on_items_too(on_field("lowercase", Shape::kBoolean, kString, "string", "false",
                          "Lower-cased before validation, and so are filter values.", "lowercase: true")),
    on_references_too(not_inside(kKeysAreOutside, on_field("unique", Shape::kBoolean, kScalars, "scalar, reference", "false",
                                                           "No two records share a value. Null never conflicts.", "unique: true"))),
    on_references_too(not_inside(
        kWholeField, on_field("readOnly", Shape::kBoolean, kAllKinds, "any", "false",
                              "Kept by the server: its default, or what others wrote. POST refuses it; PUT and PATCH accept it unchanged.",
                              "readOnly: true"))),
    on_references_too(not_inside(
        kWholeField, on_field("writeOnly", Shape::kBoolean, kAllKinds, "any", "false",
                              "Taken from clients, and never answered, filtered, sorted or searched. PUT keeps it when it is not sent.",
                              "writeOnly: true"))),
    on_references_too(on_items_too(on_field("messages", Shape::kMessages, kAllKinds, "any", "{}",
                                            "Instead of the built-in message of a keyword that the field has.",
                                            "messages: { maxLength: At most 100 characters }"))),
    not_inside(kStoredWhole, on_field("storage", Shape::kStorage, kDecimal, "decimal, p ≤ 15", "",
                                      "MongoDB only: stored as a double, read as the nearest decimal of scale s.", "storage: double")),
    on_references_too(not_inside(kStoredWhole, on_field("column", Shape::kStorageName, kAllKinds, "any", "snake_case of the name",
                                                        "Storage name.", "column: item_name"))),
    on_references_too(not_inside(
        kStoredWhole, on_field("was", Shape::kFieldName, kAllKinds, "any", "",
                               "The field's old name. This version refuses to start until its column is renamed.", "was: label"))),

    inside(Level::kSearch, "fields", Shape::kSearchedFields, "",
           "String fields, without `enum` and `format: uuid`; the first counts most. Must be there.", "fields: [name, description]"),
    inside(Level::kSearch, "language", Shape::kLanguage, "simple", "A language of Snowball, or `simple`: words as they are.",
           "language: french"),

    inside(Level::kFinder, "field", Shape::kFieldName, "the finder's name",
           "The field that the value of the URL is compared with: a scalar, or an array of scalars.", "field: category"),
    inside(Level::kFinder, "where", Shape::kText, "", "Filter text that also holds.", "where: isActive = true"),
    inside(Level::kFinder, "sortBy", Shape::kText, "createdAt, latest first", "As in the query parameter.", "sortBy: price,-createdAt"),

    inside(Level::kCache, "ttl", Shape::kSeconds, "`CACHE_TTL`", "Seconds.", "ttl: 300"),
    inside(Level::kCache, "searchTtl", Shape::kSeconds, "60", "Seconds, of searches.", "searchTtl: 60"),
    inside(Level::kCache, "tags", Shape::kFieldNames, "enum, boolean, reference and finder fields", "Fields by which lists are forgotten.",
           "tags: [category]"),
    inside(Level::kCache, "off", Shape::kTrue, "", "Nothing of this collection is kept.", "off: true"),
};

constexpr std::string_view kLanguages[] = {
    "simple", "arabic",     "armenian", "basque",    "catalan",    "danish",  "dutch",   "english",    "finnish", "french",
    "german", "greek",      "hindi",    "hungarian", "indonesian", "irish",   "italian", "lithuanian", "nepali",  "norwegian",
    "porter", "portuguese", "romanian", "russian",   "serbian",    "spanish", "swedish", "tamil",      "turkish", "yiddish"};

constexpr std::string_view kMessageCodes[] = {"required",
                                              "type",
                                              "enum",
                                              "format",
                                              "minLength",
                                              "maxLength",
                                              "pattern",
                                              "minimum",
                                              "maximum",
                                              "exclusiveMinimum",
                                              "exclusiveMaximum",
                                              "multipleOf",
                                              "minItems",
                                              "maxItems",
                                              "uniqueItems",
                                              "scale",
                                              "precision"};

// What a value of the shape is, in words.
constexpr std::pair<Shape, std::string_view> kShapeWords[] = {
    {Shape::kText, "text"},
    {Shape::kBoolean, "`true` or `false`"},
    {Shape::kTrue, "`true`"},
    {Shape::kCount, "a whole number from 0"},
    {Shape::kSeconds, "a whole number of seconds from 1"},
    {Shape::kNumber, "a number"},
    {Shape::kPositiveNumber, "a number greater than 0"},
    {Shape::kAny, "a value of the field"},
    {Shape::kPattern, "a regular expression"},
    {Shape::kObjectType, "`object`"},
    {Shape::kFieldType, "`string`, `integer`, `number`, `boolean`, `array`, `object`, or a list of one of them and `\"null\"`"},
    {Shape::kIdKind, "`uuid`, `objectId`, `integer` or `text`"},
    {Shape::kDecimal, "[p, s] with 1 ≤ p ≤ 18 and 0 ≤ s ≤ p"},
    {Shape::kFormat, "`uuid`, `email`, `uri`, `date` or `date-time`"},
    {Shape::kStorage, "`double`"},
    {Shape::kLanguage, "a language"},
    {Shape::kEnumeration, "a list of texts"},
    {Shape::kFieldName, "the name of a field"},
    {Shape::kFieldNames, "a list of fields"},
    {Shape::kSearchedFields, "a list of at least one field"},
    {Shape::kCollectionName, "the name of a collection"},
    {Shape::kOnDelete, "`restrict`, `cascade` or `setNull`"},
    {Shape::kStorageName, "a name of 1 to 63 bytes"},
    {Shape::kProperties, "a map of fields"},
    {Shape::kMembers, "a map of at least one field"},
    {Shape::kItems, "a map, the elements' field"},
    {Shape::kIndexes, "a list of lists of fields"},
    {Shape::kUniqueKeys, "a list of lists of at least two fields"},
    {Shape::kSearch, "a map of `fields` and `language`"},
    {Shape::kFinders, "a map of finders"},
    {Shape::kCache, "a map of `ttl`, `searchTtl`, `tags`, `off`"},
    {Shape::kMessages, "a map of texts"},
};

}  // namespace

std::span<const Keyword> keywords() {
  return kKeywords;
}

const Keyword* find_keyword(Level level, std::string_view name) {
  const auto found = std::find_if(std::begin(kKeywords), std::end(kKeywords),
                                  [&](const Keyword& keyword) { return keyword.level == level && keyword.name == name; });
  return found == std::end(kKeywords) ? nullptr : found;
}

std::string_view shape_words(Shape shape) {
  const auto found =
      std::find_if(std::begin(kShapeWords), std::end(kShapeWords), [shape](const auto& entry) { return entry.first == shape; });
  return found == std::end(kShapeWords) ? std::string_view{} : found->second;
}

std::string_view kind_words(Kind kind) {
  constexpr std::array<std::string_view, kKindCount> kWords = {"a string field",  "an integer field",  "a number field", "a decimal field",
                                                               "a boolean field", "a date-time field", "a date field",   "an array field",
                                                               "an object field", "a free-form field"};
  return kWords[static_cast<std::size_t>(kind)];
}

std::span<const std::string_view> message_codes() {
  return kMessageCodes;
}

std::span<const std::string_view> search_languages() {
  return kLanguages;
}

}  // namespace holdfast
