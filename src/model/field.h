#pragma once
// One field of a model, as checked by the loader: its kind, its limits, where it is stored. Immutable after loading.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/pattern.h"
#include "model/value.h"

namespace holdfast {

// kObject: declared members; a value is an Array of one value for each, in order.
// kJson: free-form; a value is the text of a JSON object in canonical form (model/free_form.h).
enum class Kind : std::uint8_t { kString, kInteger, kNumber, kDecimal, kBoolean, kDateTime, kDate, kArray, kObject, kJson };

// Further assertions on a kString. (date and date-time are kinds of their own.) The last two are those of references only.
enum class Format : std::uint8_t { kNone, kUuid, kEmail, kUri, kObjectId, kTextId };

// What becomes of a record when the one that it refers to is removed.
enum class OnDelete : std::uint8_t { kRestrict, kCascade, kSetNull };

enum class Role : std::uint8_t { kId, kProperty, kCreatedAt, kUpdatedAt };

// A bound of minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf.
struct Bound {
  Value value;       // in the field's own representation (decimal: units)
  std::string text;  // JSON text, for messages and documents
};

struct Field {
  std::string name;                 // on the wire; camelCase
  std::string column;               // in storage; where it was not declared, in snake_case, as SQL has it
  bool column_is_declared = false;  // by `column:`
  Role role = Role::kProperty;
  Kind kind = Kind::kString;
  Format format = Format::kNone;
  int precision = 0;  // kDecimal
  int scale = 0;      // kDecimal

  bool required = false;     // listed in the model's `required`
  bool lists_null = false;   // the type lists "null"
  bool admits_null = false;  // models.md, "Null": lists_null, or neither required nor with a default
  Value default_value;       // Absent: none

  std::vector<std::string> enumeration;
  std::optional<std::int64_t> min_length, max_length;  // code points
  std::shared_ptr<const Pattern> pattern;
  std::optional<Bound> minimum, maximum, exclusive_minimum, exclusive_maximum, multiple_of;
  std::optional<std::int64_t> min_items, max_items;
  bool unique_items = false;
  std::shared_ptr<const Field> element;  // kArray: a scalar, kObject or kJson; name, column, role and null mean nothing there
  std::vector<Field> properties;         // kObject: the members in order; column, unique, readOnly mean nothing there

  bool trim = false, lowercase = false;
  bool unique = false;
  bool read_only = false;   // kept by the server: a default, or what others wrote
  bool write_only = false;  // never answered, filtered, sorted or searched
  std::string ref;          // the collection whose ids it holds; empty: no reference. Kind and format are those of that id.
  OnDelete on_delete = OnDelete::kRestrict;
  bool stored_as_double = false;                             // kDecimal on MongoDB: `storage: double`
  std::map<std::string, std::string, std::less<>> messages;  // keyword → text
  std::string title, description, was;

  bool is_enum() const noexcept { return !enumeration.empty(); }
  bool is_reference() const noexcept { return !ref.empty(); }
  // Can stand in a comparison with a value, sort, and be a key.
  bool is_scalar() const noexcept { return kind != Kind::kArray && kind != Kind::kObject && kind != Kind::kJson; }
  // Greatest number of code points a value can have; nothing: unbounded. Enum: its longest value; uuid 36, objectId 24, text id 100,
  // date 10, date-time 24, email 254.
  std::optional<std::int64_t> longest() const;
};

}  // namespace holdfast
