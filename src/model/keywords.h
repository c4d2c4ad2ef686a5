#pragma once
// Every word of a model file, once: the loader checks with this table, and makes of it the meta-schema (schema/model.schema.json) and the
// reference page (docs/models.md), so that neither can lie.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/field.h"

namespace holdfast {

// Where a keyword stands.
enum class Level : std::uint8_t { kCollection, kField, kSearch, kFinder, kCache };

// Where a field stands: among the properties of the collection, among those of an object, or as what an array holds.
enum class Place : std::uint8_t { kProperty, kMember, kItems };

// What its value looks like.
enum class Shape : std::uint8_t {
  kText,
  kBoolean,
  kTrue,
  kCount,
  kSeconds,
  kNumber,
  kPositiveNumber,
  kAny,
  kPattern,
  kObjectType,
  kFieldType,
  kIdKind,
  kDecimal,
  kFormat,
  kStorage,
  kLanguage,
  kEnumeration,
  kFieldName,
  kFieldNames,
  kSearchedFields,
  kCollectionName,
  kOnDelete,
  kStorageName,
  kProperties,
  kMembers,
  kItems,
  kIndexes,
  kUniqueKeys,
  kSearch,
  kFinders,
  kCache,
  kMessages,
};

// A set of field kinds, one bit each.
using KindSet = std::uint16_t;
constexpr KindSet set_of(Kind kind) {
  return static_cast<KindSet>(1U << static_cast<unsigned>(kind));
}
inline constexpr KindSet kAllKinds = 0x3FF;
inline constexpr int kKindCount = 10;

struct Keyword {
  Level level;
  std::string_view name;
  Shape shape;
  KindSet kinds;                // kField: the kinds of field that have it
  bool on_references;           // kField: references have it, whatever the kind of the id
  bool on_items;                // kField: also on the `items` of an array
  std::string_view not_inside;  // kField: why it does not stand inside objects, and what to do; empty: it does
  std::string_view on;          // kField: what has it, in words
  std::string_view standard;    // what holds without it; empty: nothing
  std::string_view meaning;     // a sentence
  std::string_view example;     // as it may be written

  bool stands_at(Place place) const noexcept {
    return place == Place::kProperty || (place == Place::kItems ? on_items : not_inside.empty());
  }
};

std::span<const Keyword> keywords();

// Null when the level has no such word.
const Keyword* find_keyword(Level level, std::string_view name);

// The shape in words: "a whole number from 0".
std::string_view shape_words(Shape shape);

// "a string field".
std::string_view kind_words(Kind kind);

// What `messages` can name: the codes that a field's 422 errors carry.
std::span<const std::string_view> message_codes();

std::span<const std::string_view> search_languages();

// The files made of the table, whole: schema/model.schema.json and docs/models.md.
std::string meta_schema();
std::string keyword_reference();

}  // namespace holdfast
